-- The first user
--
-- Revision: b2
-- Revises:  a1

-- autogen: upgrade
-- autogen: bind name = x("name")
INSERT INTO users (id, name) VALUES (1, :name);

-- autogen: downgrade
DELETE FROM users WHERE id = 1;
