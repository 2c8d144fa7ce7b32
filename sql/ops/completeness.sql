-- One row per source, stream and run: where every landed record went, and what the source still holds.
-- key: source, stream, run_id
--
-- landed = rejected + superseded + excluded + orphaned + in_core, else the
-- difference is unexplained. counted_at_source is the source's own count of the
-- whole stream in that run, held how many different records landing had after
-- it: a source that holds more than we do is a gap. It is explained while the
-- walk has not finished, or as far as the source admits that it withholds
-- something; what remains fails the build. filled_holes counts what the poll
-- knows and the tracker's webhooks should have told; null where none arrive.
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
    UNION ALL
    -- A message tells of a ticket and perhaps of a comment or a change: it is in
    -- core when its ticket is.
    SELECT s.via, s.stream, s.run_id, 'message', count(*)
    FROM staging.subject AS s
    INNER JOIN core.ticket AS t ON s.source = t.source AND s.ticket_ref = t.ticket_ref
    GROUP BY ALL
),

-- A polled comment that a webhook has since declared deleted is as good as
-- superseded, unless its ledger has told why it is not in core: its ticket is not.
gone AS (
    SELECT c.source, c.stream, c.run_id, 'comment' AS unit, count(*) AS gone
    FROM staging.comment AS c
    INNER JOIN staging.deletion AS d ON c.source = d.source AND c.native_id = d.native_id AND d.unit = 'comment'
    INNER JOIN core.ticket AS t ON c.source = t.source AND c.ticket_ref = t.ticket_ref
    WHERE c.updated_at <= d.deleted_at AND c.is_streamed IS NOT TRUE
    GROUP BY ALL
),

-- What the tracker's API shows of the time that its webhooks cover, and they do
-- not tell: the poll has filled a hole in the feed. Of changes only the fields
-- count that the feed tells of at all.
hole AS (
    SELECT r.source, r.stream, r.run_id, count(*) FILTER (WHERE NOT r.is_in_feed) AS filled_holes
    FROM (
        SELECT source, stream, run_id, created_at AS at_time, is_in_feed FROM core.ticket
        UNION ALL
        SELECT source, stream, run_id, created_at, is_in_feed FROM core.comment
        UNION ALL
        SELECT e.source, e.stream, e.run_id, e.occurred_at, e.is_in_feed
        FROM core.event AS e
        WHERE (e.source, e.field) IN (SELECT DISTINCT (source, field) FROM core.event WHERE is_in_feed)
    ) AS r
    INNER JOIN staging.feed AS f ON r.source = f.source AND r.at_time BETWEEN f.since_at AND f.until_at
    GROUP BY ALL
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
        coalesce(l.superseded, 0) + coalesce(g.gone, 0) AS superseded,
        coalesce(l.excluded, 0) AS excluded,
        coalesce(l.orphaned, 0) AS orphaned,
        CASE WHEN l.unit = 'status' THEN l.accepted ELSE coalesce(c.in_core, 0) END AS in_core,
        sum(coalesce(l.new_keys, 0)) OVER (PARTITION BY m.source, m.stream ORDER BY m.last_seq) AS held,
        coalesce(w.withheld, 0) + coalesce(a.gone, 0) AS admitted,
        a.gap_reasons,
        h.filled_holes,
        lead(m.last_seq) OVER (PARTITION BY m.source, m.stream ORDER BY m.last_seq) IS NULL AS is_latest
    FROM manifest AS m
    LEFT JOIN staging.ledger AS l ON m.source = l.source AND m.stream = l.stream AND m.run_id = l.run_id
    LEFT JOIN core_row AS c
        ON m.source = c.source AND m.stream = c.stream AND m.run_id = c.run_id AND l.unit = c.unit
    LEFT JOIN gone AS g
        ON m.source = g.source AND m.stream = g.stream AND m.run_id = g.run_id AND l.unit = g.unit
    LEFT JOIN hole AS h ON m.source = h.source AND m.stream = h.stream AND m.run_id = h.run_id
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
        AS gap_reasons,
    filled_holes
FROM gap
