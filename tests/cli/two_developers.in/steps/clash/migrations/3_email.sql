-- Addresses
--
-- Revision: c3
-- Revises:  a1

-- autogen: upgrade
ALTER TABLE "users" ADD email VARCHAR(200);
CREATE TABLE tags (id INTEGER PRIMARY KEY);

-- autogen: downgrade
DROP TABLE tags;
ALTER TABLE users DROP COLUMN email;
