-- Users and favorites
--
-- Revision: a1
-- Created:  2026-11-20T15:30:00Z

-- autogen: upgrade
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    seen INTEGER
);
CREATE TABLE favorites (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    preset TEXT NOT NULL,
    UNIQUE (user_id, preset)
);

-- autogen: downgrade
DROP TABLE favorites;
DROP TABLE users;
