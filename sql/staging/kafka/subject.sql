-- One row per readable record of a Kafka stream: the ticket that it is about, if it is about any.
-- key: _file, message_row
SELECT
    m._file,
    m.message_row,
    m.via,
    m.stream,
    m.run_id,
    coalesce(j.source, g.source, s.source) AS source,
    coalesce(j.native_id, g.native_id, s.ticket_ref) AS ticket_ref
FROM staging.kafka_message AS m
LEFT JOIN staging.kafka_jira AS j ON m._file = j._file AND m.message_row = j.message_row
LEFT JOIN staging.kafka_github AS g ON m._file = g._file AND m.message_row = g.message_row
LEFT JOIN staging.kafka_said AS s ON m._file = s._file AND m.message_row = s.message_row
