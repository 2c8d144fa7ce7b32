-- One row per ticket: what it is, who handled it and how long that took.
-- key: ticket_id
--
-- Team, customer and satisfaction are what feeds tell. Business seconds are
-- working time of the calendar of the ticket's service agreement; null without
-- an agreement.
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
    m.support_model_rule,
    d.demand_type_id,
    y.name AS demand_type,
    t.reporter_id,
    t.reporter_role,
    t.assignee_id,
    t.team,
    t.customer_id,
    t.customer_tier,
    t.created_at,
    local_day(t.created_at, c.timezone) AS created_on,
    a.first_response_at,
    a.first_agent_response_at,
    a.first_resolved_at,
    a.resolved_at,
    t.updated_at,
    seconds_between(t.created_at, a.first_response_at) AS first_response_seconds,
    worked_between(b.worked_seconds, r.worked_seconds) AS first_response_business_seconds,
    seconds_between(t.created_at, a.resolved_at) AS resolution_seconds,
    worked_between(b.worked_seconds, e.worked_seconds) AS resolution_business_seconds,
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
CROSS JOIN config.setting AS c
INNER JOIN core.ticket_activity AS a ON t.ticket_id = a.ticket_id
INNER JOIN core.support_model AS m ON t.ticket_id = m.ticket_id
LEFT JOIN models.ticket_demand AS d ON t.ticket_id = d.ticket_id
LEFT JOIN models.demand_type AS y ON d.demand_type_id = y.demand_type_id
LEFT JOIN core.worked AS b ON t.ticket_id = b.ticket_id AND date_trunc('second', t.created_at) = b.moment_at
LEFT JOIN core.worked AS r ON t.ticket_id = r.ticket_id AND date_trunc('second', a.first_response_at) = r.moment_at
LEFT JOIN core.worked AS e ON t.ticket_id = e.ticket_id AND date_trunc('second', a.resolved_at) = e.moment_at
