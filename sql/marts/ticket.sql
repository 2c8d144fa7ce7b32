-- One row per ticket: what it is, who handled it and how long that took.
-- key: ticket_id
--
-- Columns whose makers are not built yet (business time) are here and null, so
-- that readers can rely on their names. Team, customer and satisfaction are what
-- feeds tell.
SELECT
    t.ticket_id,
    t.source,
    t.source_kind,
    t.ticket_key,
    t.url,
    t.title_redacted,
    t.project,
    t.component,
    t.ticket_type,
    t.priority,
    t.priority_raw,
    t.status,
    t.status_category,
    t.channel,
    t.labels,
    coalesce(t.language, d.language) AS language,
    m.support_model,
    d.demand_type_id,
    y.name AS demand_type,
    t.reporter_id,
    t.reporter_role,
    t.assignee_id,
    t.team,
    t.customer_id,
    t.customer_tier,
    t.created_at,
    a.first_response_at,
    a.first_agent_response_at,
    a.first_resolved_at,
    a.resolved_at,
    t.updated_at,
    seconds_between(t.created_at, a.first_response_at) AS first_response_seconds,
    NULL::BIGINT AS first_response_business_seconds,
    seconds_between(t.created_at, a.resolved_at) AS resolution_seconds,
    NULL::BIGINT AS resolution_business_seconds,
    a.open_seconds,
    a.reopen_count,
    a.comment_count,
    a.agent_reply_count,
    a.participant_count,
    a.handoff_count,
    t.status_category <> 'resolved' AS is_open,
    a.reopen_count > 0 AS is_reopened,
    t.status_category = 'resolved' AND a.agent_reply_count = 1 AS is_one_touch,
    t.is_deleted,
    t.satisfaction_score
FROM core.ticket AS t
INNER JOIN core.ticket_activity AS a ON t.ticket_id = a.ticket_id
INNER JOIN core.support_model AS m ON t.ticket_id = m.ticket_id
LEFT JOIN models.ticket_demand AS d ON t.ticket_id = d.ticket_id
LEFT JOIN models.demand_type AS y ON d.demand_type_id = y.demand_type_id
