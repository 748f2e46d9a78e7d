-- Notes
--
-- Revision: a1

-- autogen: upgrade
CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL);

-- autogen: downgrade
DROP TABLE notes;
