-- One row per person who was ever assigned a ticket of a Jira project: they answer for the vendor there.
-- key: source, project, actor_id
SELECT DISTINCT source, project, actor_id FROM (
    SELECT source, project, assignee_id AS actor_id FROM staging.jira_ticket
    UNION ALL
    SELECT t.source, t.project, unnest([e.from_value, e.to_value]) AS actor_id
    FROM staging.jira_event AS e
    INNER JOIN staging.jira_ticket AS t ON e.source = t.source AND e.ticket_ref = t.ticket_ref
    WHERE e.field = 'assignee'
) AS assigned
WHERE actor_id IS NOT NULL
