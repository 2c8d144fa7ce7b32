-- One row per statement that a user sent to `serve`, newest hundred thousand.
-- key: access_id
--
-- Literals of the statement read "?": they stay in the access log itself, where
-- only the operator looks.
SELECT
    access_id,
    accessed_at,
    local_day(accessed_at, c.timezone) AS accessed_on,
    user_name,
    role,
    client,
    via,
    application,
    statement,
    row_count,
    duration_ms,
    outcome,
    outcome = 'ok' AS is_ok
FROM ledger.access
CROSS JOIN config.setting AS c
