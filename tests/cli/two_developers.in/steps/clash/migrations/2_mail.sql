-- Mail of users
--
-- Revision: b2
-- Revises:  a1

-- autogen: upgrade
ALTER TABLE users ADD COLUMN email TEXT;
CREATE INDEX ix_users_name ON users (name);

-- autogen: downgrade
DROP INDEX ix_users_name;
ALTER TABLE users DROP COLUMN email;
