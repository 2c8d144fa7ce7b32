-- One row per ticket: what its comments, changes and status history add up to.
-- key: ticket_id
WITH said AS (
    SELECT
        ticket_id,
        min(created_at) FILTER (WHERE is_response) AS first_response_at,
        min({'created_at': created_at, 'comment_id': comment_id}) FILTER (WHERE is_response) AS first_response,
        min(created_at) FILTER (WHERE is_response AND author_role = 'agent') AS first_agent_response_at,
        count(*) AS comment_count,
        count(*) FILTER (WHERE is_response AND author_role = 'agent') AS agent_reply_count
    FROM core.comment
    GROUP BY ticket_id
),

person AS (
    SELECT ticket_id, count(DISTINCT actor_id) AS participant_count FROM (
        SELECT ticket_id, reporter_id AS actor_id FROM core.ticket WHERE reporter_role <> 'bot'
        UNION ALL
        SELECT ticket_id, author_id FROM core.comment WHERE author_role <> 'bot'
    ) AS involved
    GROUP BY ticket_id
),

-- An assignee and a team that change in one step are one hand-off.
handoff AS (
    SELECT ticket_id, count(DISTINCT occurred_at) AS handoff_count
    FROM core.handoff
    GROUP BY ticket_id
),

turn AS (
    SELECT
        t.ticket_id,
        min(t.occurred_at) FILTER (WHERE t.is_resolved AND NOT t.is_inferred) AS first_resolved_at,
        max(t.occurred_at) FILTER (WHERE t.is_resolved AND NOT t.is_inferred AND t.until_at IS NULL) AS resolved_at,
        count(*) FILTER (WHERE NOT t.is_resolved AND NOT t.is_creation) AS reopen_count,
        sum(seconds_between(t.occurred_at, coalesce(t.until_at, c.as_of))) FILTER (WHERE NOT t.is_resolved) AS open_seconds
    FROM core.transition AS t
    CROSS JOIN config.setting AS c
    GROUP BY t.ticket_id
)

SELECT
    t.ticket_id,
    s.first_response_at,
    s.first_response.comment_id AS first_response_id,
    s.first_agent_response_at,
    coalesce(s.comment_count, 0)::BIGINT AS comment_count,
    coalesce(s.agent_reply_count, 0)::BIGINT AS agent_reply_count,
    coalesce(p.participant_count, 0)::BIGINT AS participant_count,
    coalesce(h.handoff_count, 0)::BIGINT AS handoff_count,
    u.first_resolved_at,
    u.resolved_at,
    coalesce(u.reopen_count, 0)::BIGINT AS reopen_count,
    coalesce(u.open_seconds, 0)::BIGINT AS open_seconds
FROM core.ticket AS t
LEFT JOIN said AS s ON t.ticket_id = s.ticket_id
LEFT JOIN person AS p ON t.ticket_id = p.ticket_id
LEFT JOIN handoff AS h ON t.ticket_id = h.ticket_id
LEFT JOIN turn AS u ON t.ticket_id = u.ticket_id
