-- Until 2025
--
-- Revision: 5q5q
-- Created:  2026-11-21T07:38:19Z
-- Replaces: aaaa, bbbb, cccc
--
-- Review
--   + table notes (2 columns, 1 index, 1 foreign key)
--   + table users (2 columns)
--   locks: the whole database for writing, briefly; no existing table is touched
--   data:  nothing lost; downgrade loses notes and users with their rows

-- autogen: upgrade
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    user_id INTEGER,
    FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX ix_notes ON notes (user_id);

-- autogen: downgrade
DROP TABLE notes;
DROP TABLE users;
