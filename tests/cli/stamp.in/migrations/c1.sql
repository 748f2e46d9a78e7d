-- c1
--
-- Revision: c1
-- Revises: a1

-- autogen: upgrade

-- autogen: downgrade
