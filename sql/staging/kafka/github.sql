-- One row per webhook of GitHub that is about a ticket, with the source it belongs to.
-- key: _file, message_row
SELECT
    g.* EXCLUDE (via, _row, _file, message_row),
    t.source,
    m._file,
    m.message_row,
    m.via,
    m.stream,
    m.run_id,
    m.place
FROM staging.kafka_landed_github AS g
INNER JOIN staging.kafka_message AS m ON g._file = m._file AND g.message_row = m.message_row
INNER JOIN staging.kafka_tracker AS t
    ON g.via = t.via AND t.kind = 'github' AND g.host IS NOT DISTINCT FROM t.host AND g.scope = t.scope
WHERE g.is_about_ticket AND g.reject_reason IS NULL
