-- One row per ticket that messages tell of, in its current version, in the shape common to all kinds.
-- key: source, native_id
--
-- version_at is the clock of the version, updated_at of the ticket: Jira moves
-- a ticket's time with every comment, whose webhook carries no whole issue.
WITH jira AS (
    SELECT * EXCLUDE (updated_at), updated_at AS version_at, greatest(updated_at, touched_at) AS updated_at
    FROM (
        SELECT *, max(comment_updated_at) OVER (PARTITION BY source, native_id) AS touched_at
        FROM staging.kafka_jira
    ) AS told
    WHERE is_version
    QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY version_at DESC, place DESC) = 1
),

github AS (
    -- who closes with a comment sends two webhooks of one second: the comment's
    -- may still show the issue as it was before
    SELECT * FROM staging.kafka_github
    QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY updated_at DESC, event = 'issues' DESC, place DESC) = 1
)

SELECT
    source, stream, run_id, native_id, native_id AS ticket_ref, ticket_key,
    CASE WHEN base_url <> '' THEN base_url || '/browse/' || ticket_key END AS url,
    title_redacted, scope AS project, component, ticket_type, priority_raw,
    status_id, status, status_category_key, NULL::VARCHAR AS initial_status, labels,
    reporter_id, reporter_role, assignee_id, created_at, updated_at, version_at, closed_at,
    false AS is_deleted, false AS is_pull_request, false AS has_all_comments, true AS is_streamed
FROM jira
UNION ALL
SELECT
    source, stream, run_id, native_id, native_id, ticket_key, url,
    title_redacted, scope, component, ticket_type, priority_raw,
    state, state, CASE state WHEN 'closed' THEN 'done' ELSE 'new' END, 'open', labels,
    reporter_id, reporter_role, assignee_id, created_at, updated_at, updated_at, closed_at,
    false, is_pull_request, false, true
FROM github
UNION ALL
SELECT
    source, stream, run_id, ticket_ref, ticket_ref, ticket_ref, url,
    title_redacted, project, component, ticket_type, priority_raw,
    status, status, NULL, NULL, coalesce(labels, []),
    reporter_id, reporter_role, assignee_id, created_at, updated_at, updated_at, closed_at,
    is_deleted, false, false, true
FROM staging.kafka_said_ticket
