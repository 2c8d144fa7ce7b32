-- One row per source and stream: how fresh what is published is.
-- key: source, stream
--
-- A stream is stale when the last attempt on its source failed or its walk has
-- not finished: what is shown is then older than it could be.
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
    GROUP BY source, kind, stream
),

attempt AS (
    SELECT source, stream, arg_max(outcome, run_id) AS outcome, max(ended_at) AS attempted_at
    FROM ledger.run_stream
    GROUP BY source, stream
)

SELECT
    coalesce(n.source, a.source) AS source,
    n.kind AS source_kind,
    coalesce(n.stream, a.stream) AS stream,
    n.landed_at,
    n.complete_at,
    a.attempted_at,
    a.outcome AS last_outcome,
    coalesce(n.landed, 0) AS landed,
    seconds_between(n.complete_at, c.as_of) AS age_seconds,
    NOT coalesce(n.is_walk_complete, false) OR coalesce(a.outcome, 'done') <> 'done' AS is_stale
FROM newest AS n
FULL JOIN attempt AS a ON n.source = a.source AND n.stream = a.stream
CROSS JOIN config.setting AS c
