-- One row per source, stream and run of a Jira source: what became of its landed records.
-- key: source, stream, run_id
--
-- accepted records are the current versions, which core must show one by one;
-- what is neither rejected nor current has been superseded.
WITH record AS (
    SELECT 'ticket' AS unit, source, stream, run_id, native_id, reject_reason, is_deleted FROM staging.jira_landed_issue
    UNION ALL
    SELECT 'status', source, stream, run_id, native_id, reject_reason, is_deleted FROM staging.jira_landed_status
),

landed AS (
    SELECT
        unit,
        source,
        stream,
        run_id,
        count(*) FILTER (WHERE reject_reason IS NULL) AS readable,
        count(*) FILTER (WHERE reject_reason IS NOT NULL) AS rejected
    FROM record
    GROUP BY ALL
),

reason AS (
    SELECT source, stream, run_id, string_agg(reject_reason || '=' || n, ', ' ORDER BY reject_reason) AS reject_reasons
    FROM (
        SELECT source, stream, run_id, reject_reason, count(*) AS n
        FROM record
        WHERE reject_reason IS NOT NULL
        GROUP BY ALL
    ) AS counted
    GROUP BY ALL
),

kept AS (
    SELECT source, stream, run_id, count(*) AS accepted FROM staging.jira_current_issue GROUP BY ALL
    UNION ALL
    SELECT source, stream, run_id, count(*) FROM staging.jira_status GROUP BY ALL
),

-- By stream: an issue that has moved to another project is held there since it
-- moved. A record is held whether it could be read or not.
fresh AS (
    SELECT source, stream, run_id, count(*) AS new_keys FROM (
        SELECT source, stream, native_id, min(run_id) AS run_id FROM record WHERE NOT is_deleted GROUP BY ALL
    ) AS first_seen
    GROUP BY ALL
)

SELECT
    l.source,
    l.stream,
    l.run_id,
    l.unit,
    l.rejected,
    r.reject_reasons,
    l.readable - coalesce(k.accepted, 0) AS superseded,
    0::BIGINT AS excluded,
    0::BIGINT AS orphaned,
    coalesce(k.accepted, 0) AS accepted,
    coalesce(f.new_keys, 0) AS new_keys
FROM landed AS l
LEFT JOIN kept AS k USING (source, stream, run_id)
LEFT JOIN fresh AS f USING (source, stream, run_id)
LEFT JOIN reason AS r USING (source, stream, run_id)
