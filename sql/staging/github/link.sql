-- One row per ticket that a GitHub issue, pull request or a comment on it names by URL.
-- key: source, native_ticket_id, native_other_id, url, relation
SELECT DISTINCT
    source,
    native_ticket_id,
    '' AS native_other_id,
    url,
    'mention' AS relation
FROM (
    SELECT t.source, t.native_id AS native_ticket_id, unnest(t.urls) AS url
    FROM staging.github_ticket AS t
    UNION ALL
    SELECT c.source, t.native_id AS native_ticket_id, unnest(c.urls) AS url
    FROM staging.github_landed_comment AS c
    INNER JOIN staging.github_current_comment AS v
        ON c._file = v.version._file AND c._row = v.version._row
    INNER JOIN staging.github_ticket AS t
        ON c.source = t.source AND c.project || '#' || c.number = t.ticket_key
) AS named
