-- One row per landed webhook of GitHub, typed.
-- key: _file, message_row
--
-- _hook is the event's name, from the header X-GitHub-Event or, where a relay
-- has dropped that, told by the members.
WITH parsed AS (
    SELECT
        _source AS via,
        _row AS message_row,
        _observed_at::TIMESTAMP AS observed_at,
        TRY(from_json(payload, '{
            "_hook": "VARCHAR", "action": "VARCHAR", "_title": "VARCHAR",
            "repository": {"full_name": "VARCHAR", "html_url": "VARCHAR"},
            "sender": {"_actor": "VARCHAR", "_role": "VARCHAR"}, "actor": {"_actor": "VARCHAR", "_role": "VARCHAR"},
            "assignee": {"_actor": "VARCHAR"}, "label": {"name": "VARCHAR"}, "milestone": {"title": "VARCHAR"},
            "changes": {"title": {"from": "VARCHAR"}},
            "issue": {
                "id": "VARCHAR", "number": "BIGINT", "title": "VARCHAR", "body": "VARCHAR",
                "state": "VARCHAR", "html_url": "VARCHAR", "repository_url": "VARCHAR",
                "created_at": "VARCHAR", "updated_at": "VARCHAR", "closed_at": "VARCHAR",
                "labels": [{"name": "VARCHAR"}], "type": {"name": "VARCHAR"},
                "user": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "assignee": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "assignees": [{"_actor": "VARCHAR", "_role": "VARCHAR"}],
                "author_association": "VARCHAR", "pull_request": "JSON"},
            "comment": {"id": "VARCHAR", "body": "VARCHAR", "created_at": "VARCHAR", "updated_at": "VARCHAR",
                "user": {"_actor": "VARCHAR", "_role": "VARCHAR"}, "author_association": "VARCHAR"}
        }')) AS j
    FROM landing.kafka_messages
    WHERE _schema = 'github.webhook/1'
),

typed AS (
    SELECT
        *,
        j.issue AS i,
        [l.name for l in coalesce(j.issue.labels, []) if l.name IS NOT NULL] AS labels,
        j._hook IN ('issues', 'issue_comment') AS is_about_ticket,
        coalesce(j.repository.full_name, regexp_extract(j.issue.repository_url, '/repos/([^/]+/[^/]+)$', 1)) AS scope,
        coalesce(j.repository.html_url, j.issue.html_url) AS web_url
    FROM parsed
)

SELECT
    via,
    message_row,
    j._hook AS event,
    j.action AS action,
    coalesce(is_about_ticket, false) AS is_about_ticket,
    CASE
        WHEN j IS NULL THEN 'unreadable_payload'
        WHEN NOT coalesce(is_about_ticket, false) THEN NULL
        WHEN i.id IS NULL THEN 'no_id'
        WHEN i.number IS NULL THEN 'no_number'
        WHEN nullif(scope, '') IS NULL THEN 'no_repository'
        WHEN to_utc(i.created_at) IS NULL THEN 'no_created_time'
        WHEN to_utc(i.updated_at) IS NULL THEN 'no_updated_time'
        WHEN j._hook = 'issue_comment' AND (j.comment.id IS NULL OR to_utc(j.comment.created_at) IS NULL) THEN 'no_comment'
    END AS reject_reason,
    lower(regexp_extract(web_url, '^https?://([^/]+)', 1)) AS host,
    scope,
    i.id AS native_id,
    i.number AS number,
    scope || '#' || i.number AS ticket_key,
    coalesce(j._title, i.title) AS title_redacted,
    i.body AS body,
    i.html_url AS url,
    i.state AS state,
    labels,
    github_component(labels) AS component,
    github_ticket_type(i.type.name, labels) AS ticket_type,
    github_priority(labels) AS priority_raw,
    i.user._actor AS reporter_id,
    github_role(i.user._role, i.author_association) AS reporter_role,
    coalesce(i.assignee, i.assignees[1])._actor AS assignee_id,
    to_utc(i.created_at) AS created_at,
    to_utc(i.updated_at) AS updated_at,
    to_utc(i.closed_at) AS closed_at,
    coalesce(json_type(i.pull_request), 'NULL') <> 'NULL' AS is_pull_request,
    ticket_urls(concat_ws(' ', i.body, j.comment.body)) AS urls,
    j.comment.id AS comment_id,
    j.comment.user._actor AS comment_author_id,
    github_role(j.comment.user._role, j.comment.author_association) AS comment_author_role,
    to_utc(j.comment.created_at) AS comment_created_at,
    coalesce(to_utc(j.comment.updated_at), to_utc(j.comment.created_at)) AS comment_updated_at,
    j.comment.body AS comment_body,
    coalesce(j.sender, j.actor)._actor AS actor_id,
    coalesce(j.sender, j.actor)._role AS actor_role,
    j.assignee._actor AS changed_assignee_id,
    j.label.name AS changed_label,
    j.milestone.title AS changed_milestone,
    j.changes.title."from" AS renamed_from
FROM typed
