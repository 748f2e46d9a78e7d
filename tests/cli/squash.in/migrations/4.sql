-- A view
--
-- Revision: dddd
-- Revises: cccc

-- autogen: upgrade
CREATE VIEW named AS SELECT name FROM users;

-- autogen: downgrade
DROP VIEW named;
