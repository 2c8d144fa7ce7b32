-- One row per ticket or comment that messages say is gone.
-- key: source, unit, native_id
SELECT source, unit, native_id, max(deleted_at) AS deleted_at
FROM (
    SELECT source, 'ticket' AS unit, native_id, occurred_at AS deleted_at FROM staging.kafka_jira
    WHERE event = 'jira:issue_deleted'
    UNION ALL
    SELECT source, 'comment', comment_id, occurred_at FROM staging.kafka_jira
    WHERE is_comment_deletion AND comment_id IS NOT NULL
    UNION ALL
    -- a transferred issue lives on in another repository
    SELECT source, 'ticket', native_id, updated_at FROM staging.kafka_github
    WHERE event = 'issues' AND action IN ('deleted', 'transferred')
    UNION ALL
    SELECT source, 'comment', comment_id, greatest(comment_updated_at, updated_at) FROM staging.kafka_github
    WHERE event = 'issue_comment' AND action = 'deleted'
    UNION ALL
    -- the tombstone that a compacted topic keeps of a deleted row
    SELECT s.source, 'ticket', s.ticket_ref, max(t.observed_at)
    FROM staging.kafka_message AS t
    INNER JOIN staging.kafka_message AS m
        ON t.via = m.via AND t.topic = m.topic AND t.topic_key = m.topic_key AND m.format = 'debezium.row'
    INNER JOIN staging.kafka_said AS s ON m._file = s._file AND m.message_row = s.message_row AND s.type = 'ticket'
    WHERE t.format = 'tombstone' AND m.stream = t.stream AND m.place < t.place
        -- the key may have been used again
        AND NOT EXISTS (
            SELECT 1 FROM staging.kafka_message AS l
            WHERE l.via = t.via AND l.topic = t.topic AND l.topic_key = t.topic_key AND l.stream = t.stream
                AND l.format = 'debezium.row' AND l.place > t.place)
    GROUP BY s.source, s.ticket_ref
) AS gone
WHERE native_id IS NOT NULL
GROUP BY source, unit, native_id
