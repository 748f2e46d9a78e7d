-- Notes
--
-- Revision: a1

-- autogen: upgrade
CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 1);

-- autogen: downgrade
DROP TABLE notes;
