-- One row per comment that messages tell of, in its current version: what it says.
-- key: source, native_id
-- as: view
WITH told AS (
    SELECT source, comment_id AS native_id, comment_body AS body, comment_updated_at AS at_time, place
    FROM staging.kafka_jira
    WHERE comment_id IS NOT NULL
    UNION ALL
    SELECT source, comment_id, comment_body, comment_updated_at, place
    FROM staging.kafka_github
    WHERE comment_id IS NOT NULL
    UNION ALL
    SELECT source, said_comment_id(ticket_ref, own_id, created_at, at_time, author_id, body), body, at_time, place
    FROM staging.kafka_said
    WHERE type = 'comment'
)

SELECT source, native_id, arg_max(body, (at_time, place)) AS body, true AS is_streamed
FROM told
GROUP BY source, native_id
