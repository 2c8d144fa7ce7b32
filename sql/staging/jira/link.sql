-- One row per ticket that a Jira issue's current version points to, by issue link or by URL.
-- key: source, ticket_ref, native_other_id, url, relation
WITH linked AS (
    SELECT i.source, i.native_id AS ticket_ref, unnest(i.links) AS l
    FROM staging.jira_landed_issue AS i
    INNER JOIN staging.jira_current_issue AS v ON landed_place(i._file, i._row) = v.place
    WHERE len(i.links) > 0
),

named AS (
    SELECT i.source, i.native_id AS ticket_ref, unnest(i.urls) AS url
    FROM staging.jira_landed_issue AS i
    INNER JOIN staging.jira_current_issue AS v ON landed_place(i._file, i._row) = v.place
    WHERE len(i.urls) > 0
    UNION ALL
    SELECT c.source, v.native_id, unnest(c.urls) AS url
    FROM staging.jira_landed_comment AS c
    INNER JOIN staging.jira_current_issue AS v ON landed_place(c._file, c.issue_row) = v.place
    WHERE len(c.urls) > 0
)

SELECT DISTINCT
    source,
    ticket_ref,
    l.native_id AS native_other_id,
    '' AS url,
    coalesce(l.relation, 'link') AS relation
FROM linked
WHERE l.native_id IS NOT NULL
UNION ALL
SELECT DISTINCT source, ticket_ref, '' AS native_other_id, url, 'mention' AS relation
FROM named
