-- One row per webhook of Jira that is about a ticket, with the source it belongs to.
-- key: _file, message_row
SELECT
    j.* EXCLUDE (via, _row, _file, message_row),
    t.source,
    m._file,
    m.message_row,
    m.via,
    m.stream,
    m.run_id,
    m.place
FROM staging.kafka_landed_jira AS j
INNER JOIN staging.kafka_message AS m ON j._file = m._file AND j.message_row = m.message_row
INNER JOIN staging.kafka_tracker AS t
    ON j.via = t.via AND t.kind = 'jira' AND j.host IS NOT DISTINCT FROM t.host AND j.scope = t.scope
WHERE j.is_about_ticket AND j.reject_reason IS NULL
