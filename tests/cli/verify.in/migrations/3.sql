-- Gone for good
--
-- Revision: cccc
-- Revises: bbbb

-- autogen: upgrade
ALTER TABLE users ADD COLUMN age INTEGER;

-- autogen: downgrade
-- autogen: irreversible "the ids are gone"
