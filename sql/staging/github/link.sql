-- One row per ticket that a GitHub issue, pull request or a comment on it names by URL.
-- key: source, ticket_ref, native_other_id, url, relation
SELECT DISTINCT
    source,
    ticket_ref,
    '' AS native_other_id,
    url,
    'mention' AS relation
FROM (
    SELECT i.source, i.native_id AS ticket_ref, unnest(i.urls) AS url
    FROM staging.github_landed_issue AS i
    INNER JOIN staging.github_current_issue AS v ON landed_place(i._file, i._row) = v.place
    WHERE len(i.urls) > 0
    UNION ALL
    SELECT c.source, n.native_id AS ticket_ref, unnest(c.urls) AS url
    FROM staging.github_landed_comment AS c
    INNER JOIN staging.github_current_comment AS v ON landed_place(c._file, c._row) = v.place
    INNER JOIN staging.github_issue_name AS n
        ON c.source = n.source AND c.project = n.project AND c.number = n.number
    WHERE len(c.urls) > 0
) AS named
