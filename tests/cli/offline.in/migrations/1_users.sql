-- Users
--
-- Revision: a1

-- autogen: upgrade
CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);

-- autogen: downgrade
DROP TABLE users;
