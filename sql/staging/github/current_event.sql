-- One row per GitHub event: where its newest landing lies.
-- key: source, native_id
--
-- Events do not change; a resumed walk may land one twice.
SELECT
    source,
    native_id,
    max({'_file': _file, '_row': _row}) AS version,
    min(run_id) AS first_run_id
FROM staging.github_landed_event
WHERE reject_reason IS NULL AND NOT is_deleted
GROUP BY source, native_id
