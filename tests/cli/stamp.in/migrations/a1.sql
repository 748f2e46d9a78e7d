-- a1
--
-- Revision: a1


-- autogen: upgrade

-- autogen: downgrade
