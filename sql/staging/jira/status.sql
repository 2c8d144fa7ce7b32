-- One row per status that a Jira site lists, in its newest landed version.
-- key: source, native_id
SELECT source, stream, run_id, native_id, status, status_category_key
FROM staging.jira_landed_status
WHERE reject_reason IS NULL
QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY _file DESC, _row DESC) = 1
