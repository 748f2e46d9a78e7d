-- Tags
--
-- Revision: e2e2e2e2e206
-- Revises: c0ffee00aa04
-- Labels: tags
-- Depends on: d1d1d1d1d105
-- Created: 2026-11-20T15:30:06Z

-- autogen: upgrade
SELECT 1;

-- autogen: downgrade
SELECT 2;
