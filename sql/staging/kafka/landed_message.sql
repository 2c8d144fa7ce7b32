-- One row per landed record of a Kafka stream: which message it came with and what it is.
-- key: _file, message_row
--
-- One message may hold several records (a batch). content_hash is what
-- redeliveries have in common: the payload without what says how it travelled,
-- which the connector puts last under "_kafka".
SELECT
    _source AS via,
    _stream AS stream,
    _run_id AS run_id,
    _row AS message_row,
    _key AS message_key,
    split_part(_schema, '/', 1) AS format,
    _observed_at::TIMESTAMP AS observed_at,
    -- up to the last "_kafka": the message may have one of its own inside
    md5(coalesce(array_to_string(string_split(payload, ',"_kafka":{')[:-2], ',"_kafka":{'), '') || CASE
        -- a row without a time of its own may come back to what it was before
        WHEN _schema = 'debezium.row/1'
            AND coalesce(nullif(payload ->> '$.source.ts_ms', '0'), nullif(payload ->> '$.ts_ms', '0')) IS NULL
            THEN _observed_at::VARCHAR
        ELSE ''
    END) AS content_hash,
    payload ->> '$._kafka.topic' AS topic,
    coalesce(payload ->> '$._kafka.key', payload ->> '$._kafka.key_base64') AS topic_key,
    CASE
        WHEN _schema IN ('jira.webhook/1', 'github.webhook/1', 'ticketmill/1', 'debezium.row/1', 'tombstone/1', 'ignored/1')
            AND json_valid(payload) THEN NULL
        WHEN json_valid(payload) THEN 'unknown_schema'
        ELSE 'unreadable_payload'
    END AS reject_reason
FROM landing.kafka_messages
