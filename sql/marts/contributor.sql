-- One row per source and person who answers or resolves tickets, community and agents alike.
-- key: source, actor_id
--
-- Only what people do on tickets that are not their own counts; bots, accounts
-- that are gone and deleted tickets are left out.
WITH answer AS (
    SELECT
        c.source,
        c.author_id AS actor_id,
        c.ticket_id,
        c.created_at AS at_time,
        c.author_role AS role,
        c.comment_id = a.first_response_id AS is_first
    FROM core.comment AS c
    INNER JOIN core.ticket_activity AS a ON c.ticket_id = a.ticket_id
    WHERE c.is_response
),

deed AS (
    SELECT source, actor_id, ticket_id, at_time, role, 1 AS reply, is_first::INTEGER AS first_reply, 0 AS resolved
    FROM answer
    UNION ALL
    SELECT source, actor_id, ticket_id, resolved_at, actor_role, 0, 0, 1 FROM core.resolver
)

SELECT
    d.source,
    d.actor_id,
    CASE WHEN bool_or(d.role = 'agent') THEN 'agent' ELSE 'community' END AS role,
    sum(d.reply)::BIGINT AS reply_count,
    count(DISTINCT d.ticket_id) FILTER (WHERE d.reply = 1) AS ticket_answered_count,
    sum(d.first_reply)::BIGINT AS first_response_count,
    sum(d.resolved)::BIGINT AS ticket_resolved_count,
    min(d.at_time) AS first_contribution_at,
    max(d.at_time) AS last_contribution_at,
    min(local_day(d.at_time, c.timezone)) AS first_contribution_on,
    max(local_day(d.at_time, c.timezone)) AS last_contribution_on
FROM deed AS d
INNER JOIN core.ticket AS t ON d.ticket_id = t.ticket_id
CROSS JOIN config.setting AS c
WHERE t.is_deleted IS NOT TRUE
GROUP BY d.source, d.actor_id
