-- One row per person who is or was assigned a ticket of a project that messages tell of: they answer for the vendor there.
-- key: source, project, actor_id
--
-- As with polled tickets this holds for Jira and for help desks, not for
-- GitHub, where anybody may be assigned.
WITH held AS (
    SELECT source, scope AS project, assignee_id AS actor_id FROM staging.kafka_jira
    UNION ALL
    SELECT source, scope, unnest([c.from_value, c.to_value])
    FROM (SELECT source, scope, unnest(changes) AS c FROM staging.kafka_jira) AS changed
    WHERE c.field = 'assignee'
    UNION ALL
    SELECT source, project, assignee_id FROM staging.kafka_said_ticket
    UNION ALL
    SELECT c.source, t.project, unnest([c.from_value, c.to_value])
    FROM staging.kafka_said_change AS c
    INNER JOIN staging.kafka_said_ticket AS t ON c.source = t.source AND c.ticket_ref = t.ticket_ref
    WHERE c.field = 'assignee'
)

SELECT DISTINCT source, project, actor_id FROM held WHERE actor_id IS NOT NULL
