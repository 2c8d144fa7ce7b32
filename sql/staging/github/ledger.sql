-- One row per source, stream and run of a GitHub source: what became of its landed records.
-- key: source, stream, run_id
--
-- accepted records are the current versions, which core must show one by one.
-- excluded ones belong to pull requests that the configuration does not want;
-- orphaned ones to an issue that has not landed (a comment can be newer than
-- the walk over the issues).
WITH unwanted AS (
    SELECT t.source, t.native_id
    FROM staging.github_ticket AS t
    INNER JOIN config.source AS s ON t.source = s.source
    WHERE t.is_pull_request AND NOT s.include_pull_requests
),

issue AS (
    SELECT
        i.source,
        i.stream,
        i.run_id,
        'ticket' AS unit,
        coalesce(i.native_id, 'row ' || i._file || ':' || i._row) AS native_id,
        i.reject_reason,
        i._file = v.version._file AND i._row = v.version._row AS is_current,
        u.native_id IS NOT NULL AS is_excluded,
        false AS is_orphaned
    FROM staging.github_landed_issue AS i
    LEFT JOIN staging.github_current_issue AS v ON i.source = v.source AND i.native_id = v.native_id
    LEFT JOIN unwanted AS u ON i.source = u.source AND i.native_id = u.native_id
),

comment AS (
    SELECT
        l.source,
        l.stream,
        l.run_id,
        'comment' AS unit,
        coalesce(l.native_id, 'row ' || l._file || ':' || l._row) AS native_id,
        l.reject_reason,
        l._file = v.version._file AND l._row = v.version._row AS is_current,
        u.native_id IS NOT NULL AS is_excluded,
        c.native_ticket_id IS NULL AS is_orphaned
    FROM staging.github_landed_comment AS l
    LEFT JOIN staging.github_current_comment AS v ON l.source = v.source AND l.native_id = v.native_id
    LEFT JOIN staging.github_comment AS c ON l.source = c.source AND l.native_id = c.native_id
    LEFT JOIN unwanted AS u ON c.source = u.source AND c.native_ticket_id = u.native_id
),

event AS (
    SELECT
        l.source,
        l.stream,
        l.run_id,
        'event' AS unit,
        coalesce(l.native_id, 'row ' || l._file || ':' || l._row) AS native_id,
        l.reject_reason,
        l._file = v.version._file AND l._row = v.version._row AS is_current,
        u.native_id IS NOT NULL AS is_excluded,
        t.native_id IS NULL AS is_orphaned
    FROM staging.github_landed_event AS l
    LEFT JOIN staging.github_current_event AS v ON l.source = v.source AND l.native_id = v.native_id
    LEFT JOIN staging.github_current_issue AS t ON l.source = t.source AND l.native_ticket_id = t.native_id
    LEFT JOIN unwanted AS u ON l.source = u.source AND l.native_ticket_id = u.native_id
),

record AS (
    SELECT * FROM issue UNION ALL SELECT * FROM comment UNION ALL SELECT * FROM event
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
        count(*) FILTER (WHERE reject_reason IS NULL AND is_current AND is_excluded) AS excluded,
        count(*) FILTER (WHERE reject_reason IS NULL AND is_current AND is_orphaned AND NOT is_excluded) AS orphaned,
        count(*) FILTER (WHERE reject_reason IS NULL AND is_current AND NOT is_orphaned AND NOT is_excluded) AS accepted
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
    f.excluded,
    f.orphaned,
    f.accepted,
    coalesce(n.new_keys, 0) AS new_keys
FROM fate AS f
LEFT JOIN first_run AS n USING (source, stream, run_id)
LEFT JOIN reason AS r USING (source, stream, run_id)
