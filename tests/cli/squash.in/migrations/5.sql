-- A first user
--
-- Revision: eeee
-- Revises: dddd

-- autogen: upgrade
INSERT INTO users (id, name) VALUES (1, 'Ada');

-- autogen: downgrade
DELETE FROM users WHERE id = 1;
