-- One row per tracker that a Kafka source's webhooks come from: the source its tickets belong to.
-- key: via, kind, host?, scope
--
-- A tracker that is polled too must give the same ticket ids, so its messages
-- belong to the polled source. Which one that is, say in this order: the
-- configuration (trackers), the project or repository that exactly one source
-- of the kind reads (the host decides among several), and the only source of
-- the kind, unless its host is another one. What nobody claims becomes a source
-- of its own, "<kafka source>.<kind>": native ids of Jira and GitHub may
-- collide.
WITH seen AS (
    SELECT DISTINCT via, 'jira' AS kind, host, scope FROM staging.kafka_landed_jira
    WHERE is_about_ticket AND reject_reason IS NULL
    UNION ALL
    SELECT DISTINCT via, 'github', host, scope FROM staging.kafka_landed_github
    WHERE is_about_ticket AND reject_reason IS NULL
),

-- what the polled sources read: as configured, and as landed (a JQL names no projects)
read_scope AS (
    SELECT source, lower(scope) AS scope FROM config.scope
    UNION
    SELECT DISTINCT source, lower(project) FROM staging.jira_ticket
    UNION
    SELECT DISTINCT source, lower(project) FROM staging.github_ticket
),

polled AS (
    SELECT
        source,
        kind,
        replace(lower(regexp_extract(base_url, '^https?://([^/]+)', 1)), 'api.github.com', 'github.com') AS host,
        count(*) OVER (PARTITION BY kind) AS rivals
    FROM config.source
    WHERE kind <> 'kafka'
),

candidate AS (
    SELECT
        s.via,
        s.kind,
        s.host,
        s.scope,
        p.source,
        -- Behind a proxy the address in the configuration is not the one in the messages.
        row_number() OVER (PARTITION BY s.via, s.kind, s.host, s.scope ORDER BY p.host = s.host DESC NULLS LAST, p.source) AS choice,
        count(*) OVER (PARTITION BY s.via, s.kind, s.host, s.scope) AS choices,
        coalesce(p.host = s.host, false) AS same_host
    FROM seen AS s
    INNER JOIN polled AS p ON s.kind = p.kind
    INNER JOIN read_scope AS r ON p.source = r.source AND lower(s.scope) = r.scope
)

SELECT
    s.via,
    s.kind,
    s.host,
    s.scope,
    coalesce(t.source, c.source, o.source, s.via || '.' || s.kind) AS source
FROM seen AS s
LEFT JOIN config.tracker AS t ON s.via = t.via AND s.kind = t.kind
LEFT JOIN candidate AS c
    ON s.via = c.via AND s.kind = c.kind AND s.host IS NOT DISTINCT FROM c.host AND s.scope = c.scope
    AND c.choice = 1 AND (c.choices = 1 OR c.same_host)
LEFT JOIN polled AS o
    ON s.kind = o.kind AND o.rivals = 1 AND coalesce(nullif(s.host, ''), o.host) = o.host
