-- One row per status of a feed's tickets whose category the feed itself tells.
-- key: source, native_id
SELECT
    source,
    stream,
    run_id,
    status AS native_id,
    status,
    CASE status_category WHEN 'resolved' THEN 'done' ELSE status_category END AS status_category_key
FROM staging.kafka_said
WHERE type = 'ticket' AND NOT is_about_tracker AND status IS NOT NULL AND status_category IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY source, status ORDER BY at_time DESC, place DESC) = 1
