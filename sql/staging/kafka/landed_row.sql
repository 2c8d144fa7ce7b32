-- One row per landed change of a database row (Debezium), its columns still as they came.
-- key: _file, message_row
--
-- Which column means what is the configuration's (kafka_said_row), so it is not
-- decided here.
WITH parsed AS (
    SELECT
        _source AS via,
        _row AS message_row,
        _observed_at::TIMESTAMP AS observed_at,
        payload ->> '$._kafka.topic' AS topic,
        TRY(from_json(payload, '{"op": "VARCHAR", "before": "JSON", "after": "JSON",
            "source": {"table": "VARCHAR", "db": "VARCHAR", "schema": "VARCHAR", "ts_ms": "BIGINT"},
            "ts_ms": "BIGINT"}')) AS j
    FROM landing.kafka_messages
    WHERE _schema = 'debezium.row/1'
)

SELECT
    via,
    message_row,
    CASE
        WHEN j IS NULL OR j.op IS NULL THEN 'unreadable_payload'
        WHEN coalesce(json_type(j.after), 'NULL') <> 'OBJECT' AND coalesce(json_type(j.before), 'NULL') <> 'OBJECT' THEN 'no_row'
    END AS reject_reason,
    lower(coalesce(j.source."table", regexp_extract(topic, '([^.]+)$', 1))) AS table_name,
    j.op = 'd' AS is_deleted,
    coalesce(TRY(make_timestamp(coalesce(nullif(j.source.ts_ms, 0), j.ts_ms) * 1000)), observed_at) AS at_time,
    CASE WHEN json_type(j.after) = 'OBJECT' THEN j.after ELSE j.before END AS cells
FROM parsed
