-- One row per landed version of a status that a Jira site knows.
-- key: _file, _row
WITH parsed AS (
    SELECT
        _source AS source,
        _stream AS stream,
        _run_id AS run_id,
        _deleted AS is_deleted,
        _schema AS payload_schema,
        TRY(from_json(payload,
            '{"id": "VARCHAR", "name": "VARCHAR", "statusCategory": {"key": "VARCHAR"}}')) AS j
    FROM landing.jira_statuses
)

SELECT
    source,
    stream,
    run_id,
    is_deleted,
    CASE
        WHEN payload_schema = 'quarantine/1' OR j IS NULL THEN 'unreadable_payload'
        WHEN j.id IS NULL THEN 'no_id'
    END AS reject_reason,
    j.id AS native_id,
    j.name AS status,
    j.statusCategory.key AS status_category_key
FROM parsed
