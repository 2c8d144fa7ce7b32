-- One row per landed version of a comment on a GitHub issue or pull request.
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
            "id": "VARCHAR", "issue_url": "VARCHAR", "body": "VARCHAR",
            "created_at": "VARCHAR", "updated_at": "VARCHAR",
            "user": {"_actor": "VARCHAR", "_role": "VARCHAR"}, "author_association": "VARCHAR"
        }')) AS j
    FROM landing.github_comments
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
        WHEN nullif(regexp_extract(j.issue_url, '/issues/([0-9]+)$', 1), '') IS NULL THEN 'no_issue'
        WHEN to_utc(j.created_at) IS NULL THEN 'no_created_time'
        WHEN to_utc(j.updated_at) IS NULL THEN 'no_updated_time'
    END AS reject_reason,
    coalesce(j.id, native_key) AS native_id,
    split_part(stream, '@', 2) AS project,
    TRY_CAST(regexp_extract(j.issue_url, '/issues/([0-9]+)$', 1) AS BIGINT) AS number,
    j.user._actor AS author_id,
    -- The association is as of the landing of this comment, not as of its writing:
    -- GitHub does not keep the latter.
    github_role(j.user._role, j.author_association) AS author_role,
    to_utc(j.created_at) AS created_at,
    to_utc(j.updated_at) AS updated_at,
    j.body AS body,
    ticket_urls(j.body) AS urls
FROM parsed
