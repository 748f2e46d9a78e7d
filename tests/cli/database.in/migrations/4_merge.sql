-- Notes and invoices together
--
-- Revision: c0ffee00aa04
-- Revises: 3f2b40aa1e02, 8a51c07e9f03
-- Created: 2026-11-20T15:30:04Z

-- autogen: upgrade
SELECT 1;

-- autogen: downgrade
SELECT 2;
