-- One row per ticket in its current version, whatever its source.
-- key: ticket_id
--
-- Pull requests are tickets only where the configuration wants them; deleted
-- tickets stay, flagged.
--
-- A ticket that is both polled and told of in messages is one ticket: the
-- version that is later by the source's clock counts, of two equal ones the
-- polled. What a feed knows besides (channel, customer, team, satisfaction) is
-- added to either.
WITH streamed AS (
    SELECT source, native_id, version_at, updated_at FROM staging.ticket WHERE is_streamed
),

polled AS (
    SELECT t.source, t.native_id, t.version_at, t.updated_at, t.stream, t.run_id
    FROM staging.ticket AS t
    INNER JOIN streamed AS s ON t.source = s.source AND t.native_id = s.native_id
    WHERE t.is_streamed IS NOT TRUE
),

-- Keys that are null where a join does not apply, as in core.comment.
told AS (
    SELECT
        *,
        CASE WHEN is_streamed IS NOT TRUE THEN native_id END AS polled_id,
        CASE WHEN is_streamed THEN native_id END AS streamed_id
    FROM staging.ticket
),

version AS (
    SELECT
        t.* EXCLUDE (stream, run_id, updated_at, polled_id, streamed_id),
        greatest(t.updated_at, s.updated_at, p.updated_at) AS updated_at,
        -- where the polled version landed, if there is one: completeness counts it there
        coalesce(p.stream, t.stream) AS stream,
        coalesce(p.run_id, t.run_id) AS run_id,
        coalesce(t.is_streamed, false) OR s.native_id IS NOT NULL AS is_in_feed
    FROM told AS t
    LEFT JOIN streamed AS s ON t.source = s.source AND t.polled_id = s.native_id
    LEFT JOIN polled AS p ON t.source = p.source AND t.streamed_id = p.native_id
    WHERE CASE WHEN t.is_streamed THEN coalesce(t.version_at > p.version_at, true)
        ELSE coalesce(t.version_at >= s.version_at, true) END
),

wanted AS (
    SELECT t.*, s.kind AS source_kind, s.base_url, s.support_model AS source_support_model
    FROM version AS t
    INNER JOIN core.source AS s ON t.source = s.source
    WHERE NOT t.is_pull_request OR s.include_pull_requests
),

satisfaction AS (
    SELECT source, ticket_ref, arg_max(satisfaction_score, (answered_at, native_id)) AS satisfaction_score
    FROM staging.survey
    GROUP BY source, ticket_ref
)

SELECT
    w.source || ':' || w.native_id AS ticket_id,
    w.source,
    w.source_kind,
    w.native_id,
    w.ticket_ref,
    w.ticket_key,
    coalesce(w.url, w.base_url || '/browse/' || w.ticket_key) AS url,
    w.title_redacted,
    w.project,
    w.component,
    w.ticket_type,
    priority_of(w.priority_raw) AS priority,
    w.priority_raw,
    w.status,
    coalesce(s.status_category, 'open') AS status_category,
    coalesce(w.status_id, w.status) AS status_id,
    w.initial_status,
    coalesce(e.channel, w.source_kind) AS channel,
    e.language,
    e.team,
    e.customer_id,
    e.customer_tier,
    v.satisfaction_score,
    w.labels,
    w.source_support_model,
    w.reporter_id,
    CASE
        WHEN w.reporter_id IS NULL THEN NULL
        WHEN w.reporter_role IS NOT NULL THEN w.reporter_role
        WHEN a.actor_id IS NOT NULL THEN 'agent'
        ELSE 'reporter'
    END AS reporter_role,
    w.assignee_id,
    w.created_at,
    greatest(w.updated_at, w.created_at) AS updated_at,
    w.closed_at,
    w.is_deleted OR coalesce(d.deleted_at >= w.updated_at, false) AS is_deleted,
    w.is_in_feed,
    w.stream,
    w.run_id
FROM wanted AS w
LEFT JOIN core.status AS s ON w.source = s.source AND coalesce(w.status_id, w.status) = s.status_id
LEFT JOIN core.agent AS a
    ON w.source = a.source AND w.project IS NOT DISTINCT FROM a.project AND w.reporter_id = a.actor_id
LEFT JOIN staging.enrichment AS e ON w.source = e.source AND w.ticket_ref = e.ticket_ref
LEFT JOIN satisfaction AS v ON w.source = v.source AND w.ticket_ref = v.ticket_ref
LEFT JOIN staging.deletion AS d ON w.source = d.source AND w.native_id = d.native_id AND d.unit = 'ticket'
