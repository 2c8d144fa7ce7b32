-- One row per source, stream and run: where every landed record went, and what the source still holds.
-- key: source, stream, run_id
--
-- landed = rejected + superseded + excluded + orphaned + in_core, else the
-- difference is unexplained. counted_at_source is the source's own count of the
-- whole stream in that run, held how many different records landing had after
-- it: a source that holds more than we do is a gap. It is explained while the
-- walk has not finished, or as far as the source admits that it withholds
-- something; what remains fails the build.
WITH manifest AS (
    SELECT
        source,
        stream,
        run_id,
        max(seq) AS last_seq,
        sum(rows)::BIGINT AS landed,
        arg_max(counted_at_source, seq) AS counted_at_source,
        arg_max(is_complete, seq) AS is_walk_complete,
        max(created_at) AS landed_at
    FROM ledger.manifest
    GROUP BY source, stream, run_id
),

core_row AS (
    SELECT source, stream, run_id, 'ticket' AS unit, count(*) AS in_core FROM core.ticket GROUP BY ALL
    UNION ALL
    SELECT source, stream, run_id, 'comment', count(*) FROM core.comment GROUP BY ALL
    UNION ALL
    SELECT source, stream, run_id, 'event', count(*) FROM core.event GROUP BY ALL
),

-- One record that the source shows and will not give explains a gap of one, for
-- good. One that was gone when its turn came explains it only in that run: if
-- the source still counts it in the next, it was not gone.
withheld AS (
    SELECT source, stream, count(DISTINCT native_id) AS withheld
    FROM ledger.gap
    WHERE reason = 'issue_unreadable'
    GROUP BY ALL
),

admitted AS (
    SELECT
        source,
        stream,
        run_id,
        coalesce(sum(count) FILTER (WHERE reason = 'issue_gone'), 0)::BIGINT AS gone,
        string_agg(reason || '=' || count, ', ' ORDER BY reason) AS gap_reasons
    FROM (
        SELECT source, stream, run_id, reason, sum(count)::BIGINT AS count FROM ledger.gap GROUP BY ALL
    ) AS counted
    GROUP BY ALL
),

joined AS (
    SELECT
        m.*,
        coalesce(l.rejected, 0) AS rejected,
        l.reject_reasons,
        coalesce(l.superseded, 0) AS superseded,
        coalesce(l.excluded, 0) AS excluded,
        coalesce(l.orphaned, 0) AS orphaned,
        CASE WHEN l.unit = 'status' THEN l.accepted ELSE coalesce(c.in_core, 0) END AS in_core,
        sum(coalesce(l.new_keys, 0)) OVER (PARTITION BY m.source, m.stream ORDER BY m.last_seq) AS held,
        coalesce(w.withheld, 0) + coalesce(a.gone, 0) AS admitted,
        a.gap_reasons,
        lead(m.last_seq) OVER (PARTITION BY m.source, m.stream ORDER BY m.last_seq) IS NULL AS is_latest
    FROM manifest AS m
    LEFT JOIN staging.ledger AS l ON m.source = l.source AND m.stream = l.stream AND m.run_id = l.run_id
    LEFT JOIN core_row AS c
        ON m.source = c.source AND m.stream = c.stream AND m.run_id = c.run_id AND l.unit = c.unit
    LEFT JOIN admitted AS a ON m.source = a.source AND m.stream = a.stream AND m.run_id = a.run_id
    LEFT JOIN withheld AS w ON m.source = w.source AND m.stream = w.stream
),

gap AS (
    -- compared, because greatest() passes over nulls: uncounted is not nought
    SELECT
        *,
        CASE WHEN counted_at_source > held THEN counted_at_source - held WHEN counted_at_source <= held THEN 0 END AS missing
    FROM joined
)

SELECT
    source,
    stream,
    run_id,
    landed_at,
    is_walk_complete,
    is_latest,
    counted_at_source,
    held::BIGINT AS held,
    landed,
    (landed - rejected)::BIGINT AS staged,
    rejected::BIGINT AS rejected,
    reject_reasons,
    superseded::BIGINT AS superseded,
    excluded::BIGINT AS excluded,
    orphaned::BIGINT AS orphaned,
    in_core::BIGINT AS in_core,
    (landed - rejected - superseded - excluded - orphaned - in_core)::BIGINT AS unexplained,
    missing::BIGINT AS missing_at_source,
    CASE
        WHEN missing = 0 OR missing IS NULL THEN 0
        WHEN NOT is_walk_complete THEN 0
        ELSE greatest(0, missing - admitted)
    END::BIGINT AS missing_unexplained,
    CASE WHEN NOT is_walk_complete THEN concat_ws(', ', 'walk_not_finished', gap_reasons) ELSE gap_reasons END
        AS gap_reasons
FROM gap
