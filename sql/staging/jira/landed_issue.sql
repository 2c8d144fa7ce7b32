-- One row per landed version of a Jira issue, typed, its comments and changes as lists.
-- key: _file, _row
--
-- The payload is parsed once, here, whole: from_json walks it a single time,
-- where a path per column would walk it thirty times. A version that cannot
-- become a ticket keeps its row and says why in reject_reason.
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
                "project": {"key": "VARCHAR", "name": "VARCHAR"},
                "issuetype": {"name": "VARCHAR"}, "priority": {"name": "VARCHAR"},
                "status": {"id": "VARCHAR", "name": "VARCHAR", "statusCategory": {"key": "VARCHAR"}},
                "labels": ["VARCHAR"], "components": [{"name": "VARCHAR"}],
                "reporter": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "creator": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "assignee": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "issuelinks": [{"id": "VARCHAR", "type": {"name": "VARCHAR"},
                    "inwardIssue": {"id": "VARCHAR"}, "outwardIssue": {"id": "VARCHAR"}}],
                "comment": {"comments": [{"id": "VARCHAR", "created": "VARCHAR", "updated": "VARCHAR",
                    "author": {"_actor": "VARCHAR", "_role": "VARCHAR"}, "body": "JSON",
                    "visibility": {"type": "VARCHAR"}, "jsdPublic": "BOOLEAN"}]}
            },
            "changelog": {"histories": [{"id": "VARCHAR", "created": "VARCHAR",
                "author": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "items": [{"field": "VARCHAR", "fieldId": "VARCHAR",
                    "from": "VARCHAR", "fromString": "VARCHAR", "to": "VARCHAR", "toString": "VARCHAR"}]}]}
        }')) AS j
    FROM landing.jira_issues
),

typed AS (
    SELECT
        *,
        j.fields AS f,
        to_utc(j.fields.created) AS created_at,
        to_utc(j.fields.updated) AS updated_at,
        [{
            'comment_id': c.id,
            'author_id': c.author._actor,
            'author_role': c.author._role,
            'created_at': to_utc(c.created),
            'updated_at': to_utc(c.updated),
            'is_public': c.visibility IS NULL AND coalesce(c.jsdPublic, true),
            'body': rich_text(c.body)
        } for c in coalesce(j.fields.comment.comments, []) if c IS NOT NULL] AS comments,
        flatten([[{
            'event_id': h.id || ':' || (i - 1),
            'history_id': h.id,
            'item_index': (i - 1)::INTEGER,
            'occurred_at': to_utc(h.created),
            'actor_id': h.author._actor,
            'actor_role': h.author._role,
            'field': coalesce(h.items[i].fieldId, h.items[i].field),
            'from_value': h.items[i]."from",
            'from_text': h.items[i].fromString,
            'to_value': h.items[i]."to",
            'to_text': h.items[i]."toString"
        } for i in range(1, len(h.items) + 1)]
            for h in coalesce(j.changelog.histories, []) if h IS NOT NULL]) AS changes
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
    rich_text(f.description) AS body,
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
    f.assignee._role AS assignee_role,
    created_at,
    updated_at,
    to_utc(f.resolutiondate) AS closed_at,
    [{'relation': l.type.name, 'native_id': coalesce(l.outwardIssue.id, l.inwardIssue.id),
      'is_outward': l.outwardIssue.id IS NOT NULL}
        for l in coalesce(f.issuelinks, []) if l IS NOT NULL] AS links,
    ticket_urls(concat_ws(' ', f.summary, f.description::VARCHAR, array_to_string([c.body for c in comments], ' ')))
        AS urls,
    comments,
    changes
FROM typed
