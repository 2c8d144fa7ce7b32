-- One row per person or bot of a source, as seen in tickets, comments and changes.
-- key: source, actor_id
WITH seen AS (
    SELECT source, reporter_id AS actor_id, reporter_role AS role, created_at AS at_time, 1 AS tickets, 0 AS comments
    FROM core.ticket
    UNION ALL
    SELECT source, author_id, author_role, created_at, 0, 1 FROM core.comment
    UNION ALL
    SELECT source, actor_id, actor_role, occurred_at, 0, 0 FROM core.event
)

SELECT
    source,
    actor_id,
    bool_or(role = 'bot') AS is_bot,
    bool_or(role = 'agent') AS is_agent,
    min(at_time) AS first_seen_at,
    max(at_time) AS last_seen_at,
    sum(tickets)::BIGINT AS ticket_count,
    sum(comments)::BIGINT AS comment_count
FROM seen
WHERE actor_id IS NOT NULL
GROUP BY source, actor_id
