-- One row: which snapshot this is, and the clock and zone that its numbers go by.
-- key: generation
--
-- Open tickets are measured against as_of; days and weeks are those of timezone.
SELECT
    b.generation,
    b.built_at,
    c.as_of,
    c.timezone
FROM config.setting AS c
CROSS JOIN ledger.build AS b
