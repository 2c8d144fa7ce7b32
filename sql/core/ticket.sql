-- One row per ticket in its current version, whatever its source.
-- key: ticket_id
--
-- Pull requests are tickets only where the configuration wants them; deleted
-- tickets stay, flagged.
WITH wanted AS (
    SELECT t.*, s.kind AS source_kind, s.base_url, s.support_model AS source_support_model
    FROM staging.ticket AS t
    INNER JOIN config.source AS s ON t.source = s.source
    WHERE NOT t.is_pull_request OR s.include_pull_requests
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
    w.source_kind AS channel,
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
    w.is_deleted,
    w.stream,
    w.run_id
FROM wanted AS w
LEFT JOIN core.status AS s ON w.source = s.source AND coalesce(w.status_id, w.status) = s.status_id
LEFT JOIN staging.agent AS a
    ON w.source = a.source AND w.project = a.project AND w.reporter_id = a.actor_id
