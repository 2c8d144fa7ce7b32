-- One row per tracker whose webhooks arrive: the time that the feed covers.
-- key: source
--
-- From the first event told to the last: what the tracker's API shows in
-- between and the feed does not is a hole in the feed.
SELECT source, min(occurred_at) AS since_at, max(occurred_at) AS until_at
FROM (
    SELECT source, occurred_at FROM staging.kafka_jira
    UNION ALL
    SELECT source, coalesce(comment_updated_at, updated_at) FROM staging.kafka_github
) AS told
GROUP BY source
