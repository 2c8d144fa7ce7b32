-- One row per landed version of an event of a GitHub issue or pull request.
-- key: _file, _row
WITH parsed AS (
    SELECT
        _source AS source,
        _stream AS stream,
        _run_id AS run_id,
        _deleted AS is_deleted,
        _schema AS payload_schema,
        TRY(from_json(payload, '{
            "id": "VARCHAR", "event": "VARCHAR", "created_at": "VARCHAR",
            "actor": {"_actor": "VARCHAR", "_role": "VARCHAR"},
            "assignee": {"_actor": "VARCHAR"}, "label": {"name": "VARCHAR"},
            "rename": {"from": "VARCHAR", "to": "VARCHAR"}, "milestone": {"title": "VARCHAR"},
            "issue": {"number": "BIGINT"}
        }')) AS j
    FROM landing.github_events
)

SELECT
    source,
    stream,
    run_id,
    is_deleted,
    CASE
        WHEN payload_schema = 'quarantine/1' OR j IS NULL THEN 'unreadable_payload'
        WHEN j.id IS NULL THEN 'no_id'
        WHEN j.issue.number IS NULL THEN 'no_issue'
        WHEN to_utc(j.created_at) IS NULL THEN 'no_created_time'
    END AS reject_reason,
    j.id AS native_id,
    split_part(stream, '@', 2) AS project,
    j.issue.number AS number,
    j.event AS event,
    to_utc(j.created_at) AS occurred_at,
    j.actor._actor AS actor_id,
    j.actor._role AS actor_role,
    j.assignee._actor AS assignee_id,
    j.label.name AS label,
    j.rename."from" AS renamed_from,
    j.rename."to" AS renamed_to,
    j.milestone.title AS milestone
FROM parsed
