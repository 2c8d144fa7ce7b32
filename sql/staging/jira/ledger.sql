-- One row per source, stream and run of a Jira source: what became of its landed records.
-- key: source, stream, run_id
--
-- accepted records are the current versions, which core must show one by one.
WITH record AS (
    SELECT
        i.source,
        i.stream,
        i.run_id,
        'ticket' AS unit,
        coalesce(i.native_id, 'row ' || i._file || ':' || i._row) AS native_id,
        i.reject_reason,
        i._file = v.version._file AND i._row = v.version._row AS is_current
    FROM staging.jira_landed_issue AS i
    LEFT JOIN staging.jira_current_issue AS v ON i.source = v.source AND i.native_id = v.native_id
    UNION ALL
    SELECT
        s.source,
        s.stream,
        s.run_id,
        'status' AS unit,
        coalesce(s.native_id, 'row ' || s._file || ':' || s._row) AS native_id,
        s.reject_reason,
        row_number() OVER (PARTITION BY s.source, s.native_id ORDER BY s._file DESC, s._row DESC) = 1 AS is_current
    FROM staging.jira_landed_status AS s
),

first_run AS (
    SELECT source, stream, run_id, count(*) AS new_keys
    FROM (SELECT source, stream, native_id, min(run_id) AS run_id FROM record GROUP BY ALL) AS first_seen
    GROUP BY ALL
),

fate AS (
    SELECT
        source,
        stream,
        run_id,
        unit,
        count(*) FILTER (WHERE reject_reason IS NOT NULL) AS rejected,
        count(*) FILTER (WHERE reject_reason IS NULL AND NOT coalesce(is_current, false)) AS superseded,
        count(*) FILTER (WHERE reject_reason IS NULL AND is_current) AS accepted
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
)

SELECT
    f.source,
    f.stream,
    f.run_id,
    f.unit,
    f.rejected,
    r.reject_reasons,
    f.superseded,
    0::BIGINT AS excluded,
    0::BIGINT AS orphaned,
    f.accepted,
    coalesce(n.new_keys, 0) AS new_keys
FROM fate AS f
LEFT JOIN first_run AS n USING (source, stream, run_id)
LEFT JOIN reason AS r USING (source, stream, run_id)
