-- One row per landed message that could not be read, with the reason.
-- key: _file, message_row
SELECT
    _source AS via,
    _stream AS stream,
    _run_id AS run_id,
    _row AS message_row,
    _key AS message_key,
    coalesce(TRY(payload ->> '$._quarantined'), 'unreadable_payload') AS reject_reason
FROM landing.kafka_quarantine
