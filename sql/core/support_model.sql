-- One row per ticket: which support model handled it and which rule said so.
-- key: ticket_id
--
-- The configuration's first matching rule wins; a rule matches when all its
-- conditions do. Without a match the source's own model counts (rule_no 0).
WITH attribute AS (
    SELECT ticket_id, 'label' AS field, unnest(labels) AS value FROM core.ticket
    UNION ALL
    SELECT ticket_id, unnest(['source', 'project', 'component', 'ticket_type', 'priority', 'channel', 'reporter_role',
        'team', 'language', 'customer_id', 'customer_tier']),
        unnest([source, project, component, ticket_type, priority, channel, reporter_role,
            team, language, customer_id, customer_tier])
    FROM core.ticket
),

matched AS (
    SELECT a.ticket_id, c.rule_no
    FROM config.rule_condition AS c
    INNER JOIN attribute AS a ON c.field = a.field AND lower(a.value) LIKE c.pattern ESCAPE '\'
    GROUP BY a.ticket_id, c.rule_no, c.condition_count
    HAVING count(DISTINCT c.field) = c.condition_count
),

first_rule AS (
    SELECT ticket_id, min(rule_no) AS rule_no FROM matched GROUP BY ticket_id
)

SELECT
    t.ticket_id,
    coalesce(r.support_model, t.source_support_model) AS support_model,
    coalesce(r.rule_no, 0) AS rule_no
FROM core.ticket AS t
LEFT JOIN first_rule AS f ON t.ticket_id = f.ticket_id
LEFT JOIN config.rule AS r ON f.rule_no = r.rule_no
