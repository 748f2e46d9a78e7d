-- By hand
--
-- Revision: h1
-- Revises:  c3

-- autogen: upgrade postgres
CREATE EXTENSION pgcrypto;

-- autogen: downgrade postgres
DROP EXTENSION pgcrypto;
