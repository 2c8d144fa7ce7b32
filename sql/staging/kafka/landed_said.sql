-- One row per landed message of format ticketmill, typed.
-- key: _file, message_row
--
-- ticketmill.schema.json and README.md beside this file describe the format.
WITH parsed AS (
    SELECT
        _source AS via,
        _row AS message_row,
        TRY(from_json(payload, '{
            "type": "VARCHAR", "source": "VARCHAR", "key": "VARCHAR", "at": "VARCHAR",
            "id": "VARCHAR", "ticket": "VARCHAR", "deleted": "BOOLEAN",
            "title": "VARCHAR", "_title": "VARCHAR", "body": "VARCHAR", "status": "VARCHAR", "status_category": "VARCHAR",
            "priority": "VARCHAR", "ticket_type": "VARCHAR", "channel": "VARCHAR", "project": "VARCHAR",
            "component": "VARCHAR", "labels": ["VARCHAR"], "url": "VARCHAR", "language": "VARCHAR", "team": "VARCHAR",
            "customer_id": "VARCHAR", "customer_tier": "VARCHAR", "tier": "VARCHAR",
            "created_at": "VARCHAR", "resolved_at": "VARCHAR", "updated_at": "VARCHAR",
            "reporter": "JSON", "_reporterRole": "VARCHAR", "assignee": "JSON", "author": "JSON", "_authorRole": "VARCHAR",
            "actor": "JSON", "_actorRole": "VARCHAR",
            "author_role": "VARCHAR", "is_public": "BOOLEAN",
            "field": "VARCHAR", "from": "JSON", "to": "JSON",
            "satisfaction_score": "DOUBLE", "score": "DOUBLE", "scale_max": "DOUBLE"
        }')) AS j
    FROM landing.kafka_messages
    WHERE _schema = 'ticketmill/1'
)

SELECT
    via,
    message_row,
    CASE
        WHEN j IS NULL THEN 'unreadable_payload'
        WHEN j.type IS NULL OR j.source IS NULL OR j.key IS NULL THEN 'no_key'
        WHEN real_time(to_utc(j.at)) IS NULL THEN 'no_time'
    END AS reject_reason,
    j.type AS type,
    j.source AS source,
    coalesce(j.ticket, j.key) AS ticket_name,
    coalesce(j.id, CASE WHEN j.ticket IS NOT NULL AND j.ticket <> j.key THEN j.key END) AS own_id,
    to_utc(j.at) AS at_time,
    j.deleted AS is_deleted,
    coalesce(j._title, j.title) AS title_redacted,
    j.body AS body,
    coalesce(j.status, j.status_category) AS status,
    j.status_category AS status_category,
    j.priority AS priority_raw,
    j.ticket_type AS ticket_type,
    lower(j.channel) AS channel,
    j.project AS project,
    j.component AS component,
    j.labels AS labels,
    j.url AS url,
    j.language AS language,
    j.team AS team,
    j.customer_id AS customer_id,
    coalesce(j.customer_tier, j.tier) AS customer_tier,
    real_time(to_utc(j.created_at)) AS created_at,
    to_utc(j.resolved_at) AS resolved_at,
    person_id(j.reporter) AS reporter_id,
    coalesce(j.reporter ->> '_role', j._reporterRole) AS reporter_role,
    person_id(j.assignee) AS assignee_id,
    coalesce(person_id(j.author), 'role:' || lower(j.author_role)) AS author_id,
    -- what the feed says of the author goes before what the globs make of the name
    coalesce(lower(j.author_role), j.author ->> '_role', j._authorRole) AS author_role,
    coalesce(j.is_public, true) AS is_public,
    j.field AS field,
    person_id(j."from") AS from_value,
    person_id(j."to") AS to_value,
    person_id(j.actor) AS actor_id,
    coalesce(j.actor ->> '_role', j._actorRole) AS actor_role,
    CASE
        WHEN j.scale_max > 1 THEN 1 + (coalesce(j.satisfaction_score, j.score) - 1) * 4 / (j.scale_max - 1)
        ELSE coalesce(j.satisfaction_score, j.score)
    END AS satisfaction_score,
    ticket_urls(concat_ws(' ', j.title, j.body)) AS urls
FROM parsed
