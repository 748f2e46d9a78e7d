-- An index
--
-- Revision: cccc
-- Revises: bbbb

-- autogen: upgrade
CREATE INDEX ix_notes ON notes (user_id);

-- autogen: downgrade
DROP INDEX ix_notes;
