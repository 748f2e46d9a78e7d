-- Nobody wrote a way back
--
-- Revision: dddd
-- Revises: cccc

-- autogen: upgrade
CREATE TABLE more (id INTEGER NOT NULL PRIMARY KEY);
