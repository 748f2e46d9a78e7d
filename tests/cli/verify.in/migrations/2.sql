-- An index
--
-- Revision: bbbb
-- Revises: aaaa

-- autogen: upgrade
CREATE INDEX ix_users_name ON users (name);

-- autogen: downgrade
