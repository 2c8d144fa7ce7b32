-- One row per source, stream and run of a GitHub source: what became of its landed records.
-- key: source, stream, run_id
--
-- accepted records are the current versions, which core must show one by one;
-- what is neither rejected nor current has been superseded. excluded ones
-- belong to pull requests that the configuration does not want; orphaned ones
-- to an issue that has not landed (a comment can be newer than the walk over
-- the issues).
WITH record AS (
    SELECT 'ticket' AS unit, source, stream, run_id, native_id, reject_reason, is_deleted, _file FROM staging.github_landed_issue
    UNION ALL
    SELECT 'comment', source, stream, run_id, native_id, reject_reason, is_deleted, _file FROM staging.github_landed_comment
    UNION ALL
    SELECT 'event', source, stream, run_id, native_id, reject_reason, is_deleted, _file FROM staging.github_landed_event
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

issue AS (
    SELECT t.source, t.ticket_ref, t.is_pull_request AND NOT s.include_pull_requests AS is_excluded
    FROM staging.github_ticket AS t
    INNER JOIN config.source AS s ON t.source = s.source
),

kept AS (
    SELECT r.source, r.stream, r.run_id, count(*) AS kept,
        count(*) FILTER (WHERE i.is_excluded) AS excluded, count(*) FILTER (WHERE i.ticket_ref IS NULL) AS orphaned
    FROM (
        SELECT source, stream, run_id, ticket_ref FROM staging.github_ticket
        UNION ALL
        SELECT source, stream, run_id, ticket_ref FROM staging.github_comment
        UNION ALL
        SELECT source, stream, run_id, ticket_ref FROM staging.github_event
    ) AS r
    LEFT JOIN issue AS i ON r.source = i.source AND r.ticket_ref = i.ticket_ref
    GROUP BY ALL
),

landed_file AS (
    SELECT DISTINCT unit, source, stream, run_id, _file FROM record
),

-- By stream: a repository that was renamed in the configuration is read anew,
-- and its records are held there too. A record is held whether it could be read
-- or not.
fresh AS (
    SELECT f.source, f.stream, f.run_id, count(*) AS new_keys
    FROM (
        SELECT unit, source, stream, native_id, min(_file) AS _file FROM record WHERE NOT is_deleted GROUP BY ALL
    ) AS first_seen
    INNER JOIN landed_file AS f USING (unit, source, stream, _file)
    GROUP BY ALL
)

SELECT
    l.source,
    l.stream,
    l.run_id,
    l.unit,
    l.rejected,
    r.reject_reasons,
    l.readable - coalesce(k.kept, 0) AS superseded,
    coalesce(k.excluded, 0) AS excluded,
    coalesce(k.orphaned, 0) AS orphaned,
    coalesce(k.kept - k.excluded - k.orphaned, 0) AS accepted,
    coalesce(f.new_keys, 0) AS new_keys
FROM landed AS l
LEFT JOIN kept AS k USING (source, stream, run_id)
LEFT JOIN fresh AS f USING (source, stream, run_id)
LEFT JOIN reason AS r USING (source, stream, run_id)
