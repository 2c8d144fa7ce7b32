-- One row per landed record of a Kafka stream that could be read and is no redelivery.
-- key: _file, message_row
--
-- Producers retry and webhooks are redelivered: of records with the same
-- content the first one landed counts.
SELECT
    _file,
    message_row,
    via,
    stream,
    run_id,
    message_key,
    format,
    observed_at,
    topic,
    topic_key,
    landed_place(_file, message_row) AS place
FROM staging.kafka_landed_message
WHERE reject_reason IS NULL
QUALIFY row_number() OVER (PARTITION BY via, format, content_hash,
    -- a tombstone says nothing but its key
    CASE WHEN format = 'tombstone' THEN topic || ':' || topic_key END
    -- and the last one counts: the key may have been used again in between
    ORDER BY CASE WHEN format = 'tombstone' THEN -place ELSE place END) = 1
