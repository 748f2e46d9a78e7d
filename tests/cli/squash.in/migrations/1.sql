-- Users
--
-- Revision: aaaa

-- autogen: upgrade
CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL);

-- autogen: downgrade
DROP TABLE users;
