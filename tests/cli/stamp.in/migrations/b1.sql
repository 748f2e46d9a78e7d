-- b1
--
-- Revision: b1
-- Revises: a1

-- autogen: upgrade

-- autogen: downgrade
