-- Tags
--
-- Revision: b2
-- Revises:  a1

-- autogen: upgrade
ALTER TABLE notes ADD COLUMN tags TEXT;

-- autogen: downgrade
ALTER TABLE notes DROP COLUMN tags;
