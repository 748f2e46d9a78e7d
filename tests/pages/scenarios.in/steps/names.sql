-- Names in two columns
--
-- Revision: c3c3c3c3c3c3
-- Revises:  b2b2b2b2b2b2

-- autogen: upgrade
-- autogen: step autocommit
-- autogen: repeat
UPDATE users
SET first_name = substr(name, 1, instr(name || ' ', ' ') - 1),
    last_name = trim(substr(name, instr(name || ' ', ' ')))
WHERE id IN (SELECT id FROM users WHERE first_name IS NULL LIMIT 2);

-- autogen: step
-- autogen: when ENVIRONMENT = development
-- autogen: bind people = file("data/people.json")
INSERT INTO users (email, name, first_name, last_name)
SELECT value ->> 'email', value ->> 'first' || ' ' || (value ->> 'last'), value ->> 'first', value ->> 'last'
FROM json_each(:people) WHERE true
ON CONFLICT (email) DO NOTHING;

-- autogen: downgrade
UPDATE users SET first_name = NULL, last_name = NULL;
