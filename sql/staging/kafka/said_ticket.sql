-- One row per ticket that only statements know (phone, mail, chat, a help-desk database): what they add up to.
-- key: source, ticket_ref
--
-- A statement may be partial. Of each member the latest by the feed's own clock
-- counts, then landing order; an event states the member that it changes.
WITH patch AS (
    SELECT
        *,
        type = 'event' AS is_event,
        (at_time, place) AS version
    FROM staging.kafka_said
    WHERE type IN ('ticket', 'event') AND NOT is_about_tracker
)

SELECT
    source,
    ticket_ref,
    arg_max(stream, place) AS stream,
    arg_max(run_id, place) AS run_id,
    min(via) AS via,
    arg_max(title_redacted, version) FILTER (WHERE title_redacted IS NOT NULL) AS title_redacted,
    arg_max(body, version) FILTER (WHERE body IS NOT NULL AND NOT is_event) AS body,
    arg_max(CASE WHEN is_event THEN to_value ELSE status END, version)
        FILTER (WHERE CASE WHEN is_event THEN field = 'status' AND to_value IS NOT NULL ELSE status IS NOT NULL END) AS status,
    arg_max(priority_raw, version) FILTER (WHERE priority_raw IS NOT NULL) AS priority_raw,
    arg_max(ticket_type, version) FILTER (WHERE ticket_type IS NOT NULL) AS ticket_type,
    arg_max(project, version) FILTER (WHERE project IS NOT NULL) AS project,
    arg_max(component, version) FILTER (WHERE component IS NOT NULL) AS component,
    arg_max(labels, version) FILTER (WHERE labels IS NOT NULL) AS labels,
    arg_max(url, version) FILTER (WHERE url IS NOT NULL) AS url,
    arg_max(reporter_id, version) FILTER (WHERE reporter_id IS NOT NULL) AS reporter_id,
    arg_max(reporter_role, version) FILTER (WHERE reporter_id IS NOT NULL) AS reporter_role,
    -- an event may take the assignee away, and so may a row, which is whole
    arg_max_null(CASE WHEN is_event THEN to_value ELSE assignee_id END, version)
        FILTER (WHERE CASE WHEN is_event THEN field = 'assignee' ELSE assignee_id IS NOT NULL OR is_row END) AS assignee_id,
    coalesce(arg_min(created_at, version) FILTER (WHERE created_at IS NOT NULL), min(at_time)) AS created_at,
    max(coalesce(updated_at, at_time)) AS updated_at,
    arg_max_null(resolved_at, version) FILTER (WHERE resolved_at IS NOT NULL OR is_row) AS closed_at,
    coalesce(arg_max(is_deleted, version) FILTER (WHERE is_deleted IS NOT NULL), false) AS is_deleted
FROM patch
GROUP BY source, ticket_ref
-- events alone make no ticket
HAVING bool_or(NOT is_event)
