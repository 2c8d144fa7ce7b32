-- One row per ticket that messages say a ticket points to, by issue link or by URL.
-- key: source, ticket_ref, native_other_id, url, relation
SELECT DISTINCT source, ticket_ref, native_other_id, url, relation
FROM (
    SELECT source, native_id AS ticket_ref, l.native_id AS native_other_id, '' AS url, coalesce(l.relation, 'link') AS relation
    FROM (SELECT source, native_id, unnest(links) AS l FROM staging.kafka_jira) AS linked
    WHERE l.native_id IS NOT NULL
    UNION ALL
    SELECT source, native_id, '', unnest(urls), 'mention' FROM staging.kafka_jira
    UNION ALL
    SELECT source, native_id, '', unnest(urls), 'mention' FROM staging.kafka_github
    UNION ALL
    SELECT source, ticket_ref, '', unnest(urls), 'mention' FROM staging.kafka_said
) AS named
