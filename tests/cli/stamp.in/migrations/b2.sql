-- b2
--
-- Revision: b2
-- Revises: b1

-- autogen: upgrade

-- autogen: downgrade
