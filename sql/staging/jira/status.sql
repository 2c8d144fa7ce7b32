-- One row per status that a Jira site lists, in its newest landed version.
-- key: source, native_id
WITH latest AS (
    SELECT source, native_id, max({'_file': _file, '_row': _row}) AS version, min(run_id) AS first_run_id
    FROM staging.jira_landed_status
    WHERE reject_reason IS NULL
    GROUP BY source, native_id
)

SELECT
    s.source,
    s.stream,
    s.run_id,
    l.first_run_id,
    s.native_id,
    s.status,
    s.status_category_key
FROM latest AS l
INNER JOIN staging.jira_landed_status AS s ON l.version._file = s._file AND l.version._row = s._row
