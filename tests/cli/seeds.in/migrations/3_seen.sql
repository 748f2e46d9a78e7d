-- Nobody was seen yet
--
-- Revision: c3
-- Revises:  b2
-- Created:  2026-11-20T15:32:00Z

-- autogen: upgrade
-- autogen: repeat
UPDATE users SET seen = 0 WHERE id IN (SELECT id FROM users WHERE seen IS NULL LIMIT 2);

-- autogen: downgrade
-- autogen: irreversible "who was seen before is not known any more"
