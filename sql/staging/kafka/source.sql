-- One row per source that only messages name: a feed such as phone, or a tracker that no source polls.
-- key: source
SELECT
    f.source,
    f.kind,
    max(f.base_url) AS base_url,
    -- the support model is that of the Kafka source
    arg_min(c.support_model, f.via) AS support_model,
    bool_or(c.include_pull_requests) AS include_pull_requests
FROM (
    SELECT source, 'kafka' AS kind, NULL::VARCHAR AS base_url, via FROM staging.kafka_said
    UNION ALL
    SELECT source, 'jira', base_url, via FROM staging.kafka_jira
    UNION ALL
    SELECT source, 'github', NULL, via FROM staging.kafka_github
) AS f
INNER JOIN config.source AS c ON f.via = c.source
WHERE f.source NOT IN (SELECT source FROM config.source)
GROUP BY f.source, f.kind
-- a feed may speak of an unpolled tracker's tickets too: the tracker's kind counts
QUALIFY row_number() OVER (PARTITION BY f.source ORDER BY f.kind = 'kafka', f.kind) = 1
