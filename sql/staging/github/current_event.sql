-- One row per GitHub event: where its newest landing lies.
-- key: source, native_id
--
-- Events do not change; a resumed walk may land one twice.
SELECT
    source,
    native_id,
    stream,
    run_id,
    landed_place(_file, _row) AS place
FROM staging.github_landed_event
WHERE reject_reason IS NULL AND NOT is_deleted
QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY place DESC) = 1
