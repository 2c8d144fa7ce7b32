-- One row per landed version of a Jira issue, typed.
-- key: _file, _row
--
-- from_json walks the payload once for all columns, where a path per column
-- would walk it thirty times. Comments and changes have statements of their own
-- (landed_comment, landed_change), so that whoever reads dates need not read
-- bodies. A version that cannot become a ticket keeps its row and says why in
-- reject_reason.
WITH parsed AS (
    SELECT
        _source AS source,
        _stream AS stream,
        _run_id AS run_id,
        _deleted AS is_deleted,
        _schema AS payload_schema,
        _key AS native_key,
        TRY(from_json(payload, '{
            "id": "VARCHAR", "key": "VARCHAR", "_title": "VARCHAR",
            "fields": {
                "summary": "VARCHAR", "description": "JSON", "created": "VARCHAR", "updated": "VARCHAR",
                "resolutiondate": "VARCHAR",
                "project": {"key": "VARCHAR"}, "issuetype": {"name": "VARCHAR"}, "priority": {"name": "VARCHAR"},
                "status": {"id": "VARCHAR", "name": "VARCHAR", "statusCategory": {"key": "VARCHAR"}},
                "labels": ["VARCHAR"], "components": [{"name": "VARCHAR"}],
                "reporter": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "creator": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "assignee": {"_actor": "VARCHAR"},
                "issuelinks": [{"type": {"name": "VARCHAR"},
                    "inwardIssue": {"id": "VARCHAR"}, "outwardIssue": {"id": "VARCHAR"}}]
            }
        }')) AS j
    FROM landing.jira_issues
),

typed AS (
    SELECT
        *,
        j.fields AS f,
        to_utc(j.fields.created) AS created_at,
        to_utc(j.fields.updated) AS updated_at,
        rich_text(j.fields.description) AS body
    FROM parsed
)

SELECT
    source,
    stream,
    run_id,
    is_deleted,
    CASE
        WHEN payload_schema = 'quarantine/1' OR j IS NULL THEN 'unreadable_payload'
        WHEN coalesce(j.id, CASE WHEN is_deleted THEN native_key END) IS NULL THEN 'no_id'
        WHEN is_deleted THEN NULL
        WHEN f IS NULL THEN 'no_fields'
        WHEN created_at IS NULL THEN 'no_created_time'
        WHEN updated_at IS NULL THEN 'no_updated_time'
    END AS reject_reason,
    coalesce(j.id, native_key) AS native_id,
    j.key AS ticket_key,
    coalesce(j._title, f.summary) AS title_redacted,
    body,
    f.project.key AS project,
    f.issuetype.name AS ticket_type,
    f.priority.name AS priority_raw,
    f.status.id AS status_id,
    f.status.name AS status,
    f.status.statusCategory.key AS status_category_key,
    coalesce(f.labels, []) AS labels,
    [c.name for c in coalesce(f.components, [])] AS components,
    coalesce(f.reporter, f.creator)._actor AS reporter_id,
    coalesce(f.reporter, f.creator)._role AS reporter_role,
    f.assignee._actor AS assignee_id,
    created_at,
    updated_at,
    to_utc(f.resolutiondate) AS closed_at,
    [{'relation': l.type.name, 'native_id': coalesce(l.outwardIssue.id, l.inwardIssue.id)}
        for l in coalesce(f.issuelinks, []) if l IS NOT NULL] AS links,
    ticket_urls(concat_ws(' ', f.summary, body)) AS urls
FROM typed
