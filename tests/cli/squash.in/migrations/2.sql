-- Notes
--
-- Revision: bbbb
-- Revises: aaaa

-- autogen: upgrade
CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER REFERENCES users (id));

-- autogen: downgrade
DROP TABLE notes;
