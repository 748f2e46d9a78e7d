-- Seed favorites
--
-- Revision: b2
-- Revises:  a1
-- Created:  2026-11-20T15:31:00Z

-- autogen: upgrade
-- Parents first; those that are there stay as they are.
-- autogen: bind data = file("data/favorites.json")
INSERT INTO users (name)
SELECT DISTINCT value ->> 'user' FROM json_each(:data) WHERE true
ON CONFLICT (name) DO NOTHING;

-- autogen: bind data = file("data/favorites.json")
INSERT INTO favorites (user_id, preset)
SELECT users.id, value ->> 'preset'
FROM json_each(:data) JOIN users ON users.name = value ->> 'user' WHERE true
ON CONFLICT (user_id, preset) DO NOTHING;

-- Everybody is welcome.
INSERT INTO favorites (user_id, preset)
SELECT id, 'hello' FROM users
WHERE NOT EXISTS (SELECT 1 FROM favorites WHERE preset = 'hello');

-- autogen: step
-- autogen: when ENVIRONMENT = development
-- autogen: bind tester = x("tester")
INSERT INTO users (name) VALUES (:tester);

-- autogen: downgrade
DELETE FROM favorites;
DELETE FROM users;
