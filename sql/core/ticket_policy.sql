-- One row per ticket that a service agreement covers.
-- key: ticket_id
--
-- The first policy all of whose conditions match; targets count seconds of the
-- policy's calendar, without one around the clock.
WITH attribute AS (
    SELECT ticket_id, field, value FROM core.ticket_attribute
    UNION ALL
    SELECT ticket_id, 'support_model', support_model FROM core.support_model
),

matched AS (
    SELECT a.ticket_id, c.policy_no
    FROM config.policy_condition AS c
    INNER JOIN attribute AS a ON c.field = a.field AND lower(a.value) LIKE c.pattern ESCAPE '\'
    GROUP BY a.ticket_id, c.policy_no, c.condition_count
    HAVING count(DISTINCT c.field) = c.condition_count
    UNION ALL
    -- a policy without conditions covers every ticket
    SELECT t.ticket_id, p.policy_no
    FROM core.ticket AS t
    CROSS JOIN config.policy AS p
    WHERE p.policy_no NOT IN (SELECT policy_no FROM config.policy_condition)
),

first_match AS (
    SELECT ticket_id, min(policy_no) AS policy_no FROM matched GROUP BY ticket_id
)

SELECT
    f.ticket_id,
    p.policy,
    p.calendar,
    p.first_response_seconds,
    p.resolution_seconds
FROM first_match AS f
INNER JOIN config.policy AS p ON f.policy_no = p.policy_no
