-- One row per landed version of a GitHub issue or pull request, typed.
-- key: _file, _row
WITH parsed AS (
    SELECT
        _source AS source,
        _stream AS stream,
        _run_id AS run_id,
        _deleted AS is_deleted,
        _schema AS payload_schema,
        _key AS native_key,
        TRY(from_json(payload, '{
            "id": "VARCHAR", "number": "BIGINT", "title": "VARCHAR", "_title": "VARCHAR", "body": "VARCHAR",
            "state": "VARCHAR", "html_url": "VARCHAR",
            "created_at": "VARCHAR", "updated_at": "VARCHAR", "closed_at": "VARCHAR",
            "labels": [{"name": "VARCHAR"}], "type": {"name": "VARCHAR"},
            "user": {"_actor": "VARCHAR", "_role": "VARCHAR"},
            "assignee": {"_actor": "VARCHAR", "_role": "VARCHAR"},
            "assignees": [{"_actor": "VARCHAR", "_role": "VARCHAR"}],
            "author_association": "VARCHAR", "pull_request": "JSON"
        }')) AS j
    FROM landing.github_issues
),

labelled AS (
    SELECT *, [l.name for l in coalesce(j.labels, []) if l.name IS NOT NULL] AS labels FROM parsed
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
        WHEN j.number IS NULL THEN 'no_number'
        WHEN to_utc(j.created_at) IS NULL THEN 'no_created_time'
        WHEN to_utc(j.updated_at) IS NULL THEN 'no_updated_time'
    END AS reject_reason,
    coalesce(j.id, native_key) AS native_id,
    j.number AS number,
    -- the name it is configured by: payloads change theirs when a repository is renamed
    split_part(stream, '@', 2) AS project,
    coalesce(j._title, j.title) AS title_redacted,
    j.body AS body,
    j.html_url AS url,
    j.state AS state,
    labels,
    github_component(labels) AS component,
    github_ticket_type(j.type.name, labels) AS ticket_type,
    github_priority(labels) AS priority_raw,
    j.user._actor AS reporter_id,
    github_role(j.user._role, j.author_association) AS reporter_role,
    coalesce(j.assignee, j.assignees[1])._actor AS assignee_id,
    to_utc(j.created_at) AS created_at,
    to_utc(j.updated_at) AS updated_at,
    to_utc(j.closed_at) AS closed_at,
    coalesce(json_type(j.pull_request), 'NULL') <> 'NULL' AS is_pull_request,
    ticket_urls(concat_ws(' ', j.title, j.body)) AS urls
FROM labelled
