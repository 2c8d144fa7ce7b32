-- One row per run of ingest, build or run that left a journal.
-- key: run_id
SELECT
    run_id,
    verb,
    started_at,
    ended_at,
    seconds_between(started_at, ended_at) AS duration_seconds,
    outcome,
    exit_status,
    records_landed,
    bytes_landed,
    message
FROM ledger.run
