-- Audit
--
-- Revision: d1d1d1d1d105
-- Revises: c0ffee00aa04
-- Created: 2026-11-20T15:30:05Z

-- autogen: upgrade
SELECT 1;

-- autogen: downgrade
SELECT 2;
