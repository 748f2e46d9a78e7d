-- Users
--
-- Revision: a1

-- autogen: upgrade
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);

-- autogen: downgrade
DROP TABLE users;
