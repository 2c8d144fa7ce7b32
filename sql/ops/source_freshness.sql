-- One row per source and stream: how fresh what is published is.
-- key: source, stream
--
-- A stream is stale when the last run over its source failed on it, or its walk
-- has not finished: what is shown is then older than it could be. A source that
-- could not even be opened failed on all its streams; it is journaled under the
-- empty stream. A stream that the last run did not know has left the
-- configuration.
WITH newest AS (
    SELECT
        source,
        kind,
        stream,
        max(created_at) AS landed_at,
        max(created_at) FILTER (WHERE is_complete) AS complete_at,
        arg_max(is_complete, seq) AS is_walk_complete,
        sum(rows)::BIGINT AS landed
    FROM ledger.manifest
    -- nothing new in quarantine is good news, not stale data
    WHERE NOT starts_with(stream, 'quarantine@')
    GROUP BY source, kind, stream
),

last_run AS (
    SELECT a.source, max(a.run_id) AS run_id
    FROM ledger.run_stream AS a
    INNER JOIN config.source AS s ON a.source = s.source
    GROUP BY a.source
),

attempt AS (
    SELECT a.source, a.stream, a.outcome, a.ended_at
    FROM ledger.run_stream AS a
    INNER JOIN last_run AS l ON a.source = l.source AND a.run_id = l.run_id
),

known AS (
    SELECT source, stream FROM newest
    UNION
    SELECT source, stream FROM attempt WHERE stream <> ''
)

SELECT
    k.source,
    s.kind AS source_kind,
    k.stream,
    n.landed_at,
    n.complete_at,
    coalesce(a.ended_at, f.ended_at) AS attempted_at,
    coalesce(a.outcome, f.outcome) AS last_outcome,
    coalesce(n.landed, 0) AS landed,
    seconds_between(n.complete_at, c.as_of) AS age_seconds,
    NOT coalesce(n.is_walk_complete, false) OR coalesce(a.outcome, f.outcome, 'done') NOT IN ('done', 'followed') AS is_stale
FROM known AS k
INNER JOIN config.source AS s ON k.source = s.source
CROSS JOIN config.setting AS c
LEFT JOIN newest AS n ON k.source = n.source AND k.stream = n.stream
LEFT JOIN attempt AS a ON k.source = a.source AND k.stream = a.stream
LEFT JOIN attempt AS f ON k.source = f.source AND f.stream = ''
