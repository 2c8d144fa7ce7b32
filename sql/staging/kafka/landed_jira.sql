-- One row per landed webhook of Jira, typed.
-- key: _file, message_row
--
-- An issue_* event carries the whole issue, a comment_* event a reduced one,
-- which names the ticket and is no version of it.
WITH parsed AS (
    SELECT
        _source AS via,
        _row AS message_row,
        _observed_at::TIMESTAMP AS observed_at,
        TRY(from_json(payload, '{
            "webhookEvent": "VARCHAR", "timestamp": "BIGINT", "_title": "VARCHAR",
            "user": {"_actor": "VARCHAR", "_role": "VARCHAR"},
            "issue": {"id": "VARCHAR", "key": "VARCHAR", "self": "VARCHAR", "fields": {
                "summary": "VARCHAR", "description": "JSON", "created": "VARCHAR", "updated": "VARCHAR",
                "resolutiondate": "VARCHAR",
                "project": {"key": "VARCHAR"}, "issuetype": {"name": "VARCHAR"}, "priority": {"name": "VARCHAR"},
                "status": {"id": "VARCHAR", "name": "VARCHAR", "statusCategory": {"key": "VARCHAR"}},
                "labels": ["VARCHAR"], "components": [{"name": "VARCHAR"}],
                "reporter": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "creator": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "assignee": {"_actor": "VARCHAR"},
                "issuelinks": [{"type": {"name": "VARCHAR"},
                    "inwardIssue": {"id": "VARCHAR"}, "outwardIssue": {"id": "VARCHAR"}}]}},
            "comment": {"id": "VARCHAR", "created": "VARCHAR", "updated": "VARCHAR",
                "author": {"_actor": "VARCHAR", "_role": "VARCHAR"}, "body": "JSON",
                "visibility": {"type": "VARCHAR"}, "jsdPublic": "BOOLEAN"},
            "changelog": {"id": "VARCHAR", "items": [{"field": "VARCHAR", "fieldId": "VARCHAR", "fieldtype": "VARCHAR",
                "from": "VARCHAR", "fromString": "VARCHAR", "to": "VARCHAR", "toString": "VARCHAR",
                "_from": "VARCHAR", "_to": "VARCHAR"}]}
        }')) AS j
    FROM landing.kafka_messages
    WHERE _schema = 'jira.webhook/1'
),

typed AS (
    SELECT
        *,
        j.issue.fields AS f,
        j.webhookEvent AS event,
        coalesce(TRY(make_timestamp(j.timestamp * 1000)), observed_at) AS occurred_at,
        rich_text(j.issue.fields.description) AS body,
        rich_text(j.comment.body) AS comment_body
    FROM parsed
)

SELECT
    via,
    message_row,
    event,
    occurred_at,
    regexp_matches(event, '^(jira:issue|comment)_') AS is_about_ticket,
    CASE
        WHEN j IS NULL THEN 'unreadable_payload'
        WHEN event IS NULL THEN 'no_event'
        WHEN NOT regexp_matches(event, '^(jira:issue|comment)_') THEN NULL
        WHEN j.issue.id IS NULL THEN 'no_id'
        WHEN j.issue.key IS NULL THEN 'no_key'
        WHEN starts_with(event, 'comment_') AND j.comment.id IS NULL THEN 'no_comment'
    END AS reject_reason,
    lower(regexp_extract(j.issue.self, '^https?://([^/]+)', 1)) AS host,
    regexp_extract(j.issue.self, '^(.*)/rest/api/', 1) AS base_url,
    coalesce(f.project.key, regexp_extract(j.issue.key, '^(.+)-[0-9]+$', 1)) AS scope,
    j.issue.id AS native_id,
    j.issue.key AS ticket_key,
    starts_with(event, 'jira:issue_') AND event <> 'jira:issue_deleted'
        AND to_utc(f.created) IS NOT NULL AND to_utc(f.updated) IS NOT NULL AS is_version,
    coalesce(j._title, f.summary) AS title_redacted,
    f.issuetype.name AS ticket_type,
    f.priority.name AS priority_raw,
    f.status.id AS status_id,
    f.status.name AS status,
    f.status.statusCategory.key AS status_category_key,
    coalesce(f.labels, []) AS labels,
    f.components[1].name AS component,
    coalesce(f.reporter, f.creator)._actor AS reporter_id,
    coalesce(f.reporter, f.creator)._role AS reporter_role,
    f.assignee._actor AS assignee_id,
    to_utc(f.created) AS created_at,
    to_utc(f.updated) AS updated_at,
    to_utc(f.resolutiondate) AS closed_at,
    [{'relation': l.type.name, 'native_id': coalesce(l.outwardIssue.id, l.inwardIssue.id)}
        for l in coalesce(f.issuelinks, []) if l IS NOT NULL] AS links,
    ticket_urls(concat_ws(' ', f.summary, body, comment_body)) AS urls,
    body,
    CASE WHEN to_utc(j.comment.created) IS NOT NULL THEN j.comment.id END AS comment_id,
    event = 'comment_deleted' AS is_comment_deletion,
    j.comment.author._actor AS comment_author_id,
    j.comment.author._role AS comment_author_role,
    to_utc(j.comment.created) AS comment_created_at,
    coalesce(to_utc(j.comment.updated), to_utc(j.comment.created)) AS comment_updated_at,
    j.comment.visibility IS NULL AND coalesce(j.comment.jsdPublic, true) AS comment_is_public,
    comment_body,
    j.changelog.id AS history_id,
    j.user._actor AS actor_id,
    j.user._role AS actor_role,
    [{
        'item_index': n - 1,
        'field': CASE
            WHEN j.changelog.items[n].fieldId IS NULL AND j.changelog.items[n].fieldtype = 'custom'
                THEN 'custom:' || j.changelog.items[n].field
            ELSE coalesce(j.changelog.items[n].fieldId, j.changelog.items[n].field)
        END,
        'from_value': coalesce(j.changelog.items[n]._from, j.changelog.items[n]."from"),
        'from_text': j.changelog.items[n].fromString,
        'to_value': coalesce(j.changelog.items[n]._to, j.changelog.items[n]."to"),
        'to_text': j.changelog.items[n]."toString"
    } for n in range(1, coalesce(len(j.changelog.items), 0) + 1)] AS changes
FROM typed
