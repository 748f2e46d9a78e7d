-- Notes
--
-- Revision: 3f2b40aa1e02
-- Revises: 3f2a9c1b7d01
-- Created: 2026-11-20T15:30:02Z

-- autogen: upgrade
SELECT 1;

-- autogen: downgrade
SELECT 2;
