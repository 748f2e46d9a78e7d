-- Names in lower case
--
-- Revision: c3
-- Revises:  b2

-- autogen: upgrade
-- autogen: step autocommit
-- autogen: repeat
UPDATE users SET name = lower(name)
WHERE id IN (SELECT id FROM users WHERE name <> lower(name) LIMIT 1000);

-- autogen: downgrade
