-- One row per ticket and value that rules and service agreements may look at.
-- as: view
-- key: ticket_id, field, value?
--
-- A priority may be named as it is mapped (urgent, high …) or in the source's own
-- word.
SELECT ticket_id, 'label' AS field, unnest(labels) AS value FROM core.ticket
UNION ALL
SELECT
    ticket_id,
    unnest(['source', 'project', 'component', 'ticket_type', 'priority', 'channel', 'reporter_role',
        'team', 'language', 'customer_id', 'customer_tier']),
    unnest([source, project, component, ticket_type, priority, channel, reporter_role,
        team, language, customer_id, customer_tier])
FROM core.ticket
UNION ALL
SELECT ticket_id, 'priority', priority_raw FROM core.ticket WHERE priority_raw <> priority
