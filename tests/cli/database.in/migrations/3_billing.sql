-- Invoices
--
-- Revision: 8a51c07e9f03
-- Revises: 3f2a9c1b7d01
-- Labels: billing
-- Created: 2026-11-20T15:30:03Z

-- autogen: upgrade
SELECT 1;

-- autogen: downgrade
SELECT 2;
