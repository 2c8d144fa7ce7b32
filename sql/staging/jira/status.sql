-- One row per status that a Jira site lists, in its newest landed version.
-- key: source, native_id
SELECT
    source,
    native_id,
    arg_max(status, {'_file': _file, '_row': _row}) AS status,
    arg_max(status_category_key, {'_file': _file, '_row': _row}) AS status_category_key
FROM staging.jira_landed_status
WHERE reject_reason IS NULL
GROUP BY source, native_id
