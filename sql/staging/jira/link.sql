-- One row per ticket that a Jira issue's current version points to, by issue link or by URL.
-- key: source, native_ticket_id, native_other_id, url, relation
WITH current_issue AS (
    SELECT i.source, i.native_id AS native_ticket_id, i.links, i.urls
    FROM staging.jira_landed_issue AS i
    INNER JOIN staging.jira_current_issue AS v
        ON i._file = v.version._file AND i._row = v.version._row
),

each_link AS (
    SELECT source, native_ticket_id, unnest(links) AS l FROM current_issue
),

each_url AS (
    SELECT source, native_ticket_id, unnest(urls) AS url FROM current_issue
)

SELECT DISTINCT
    source,
    native_ticket_id,
    l.native_id AS native_other_id,
    '' AS url,
    coalesce(l.relation, 'link') AS relation
FROM each_link
WHERE l.native_id IS NOT NULL
UNION ALL
SELECT source, native_ticket_id, '' AS native_other_id, url, 'mention' AS relation FROM each_url
