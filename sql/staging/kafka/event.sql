-- One row per change that messages tell of, in the shape common to all kinds.
-- key: source, native_id
--
-- A webhook of GitHub has no id for what happened: what, to what and when make
-- one. has_own_id says that the tracker's API would give the same id.
WITH jira AS (
    SELECT DISTINCT ON (source, native_id, history_id)
        source, stream, run_id, native_id, history_id, occurred_at, actor_id, actor_role, changes
    FROM staging.kafka_jira
    WHERE history_id IS NOT NULL
    ORDER BY source, native_id, history_id, place
),

jira_item AS (
    SELECT * EXCLUDE (changes), unnest(changes) AS c FROM jira
),

github AS (
    SELECT
        source,
        stream,
        run_id,
        place,
        native_id AS ticket_ref,
        action,
        coalesce(CASE WHEN action = 'closed' THEN closed_at END, updated_at) AS occurred_at,
        actor_id,
        actor_role,
        changed_assignee_id,
        changed_label,
        changed_milestone,
        renamed_from,
        title_redacted
    FROM staging.kafka_github
    WHERE event = 'issues'
        AND (action IN ('closed', 'reopened')
            OR action IN ('assigned', 'unassigned') AND changed_assignee_id IS NOT NULL
            OR action IN ('labeled', 'unlabeled') AND changed_label IS NOT NULL
            OR action IN ('milestoned', 'demilestoned') AND changed_milestone IS NOT NULL
            OR action = 'edited' AND renamed_from IS NOT NULL)
),

github_change AS (
    SELECT
        *,
        CASE
            WHEN action IN ('closed', 'reopened') THEN 'status'
            WHEN action IN ('assigned', 'unassigned') THEN 'assignee'
            WHEN action IN ('labeled', 'unlabeled') THEN 'labels'
            WHEN action IN ('milestoned', 'demilestoned') THEN 'milestone'
            ELSE 'summary'
        END AS field,
        CASE action
            WHEN 'closed' THEN 'open' WHEN 'reopened' THEN 'closed' WHEN 'unassigned' THEN changed_assignee_id
            WHEN 'unlabeled' THEN changed_label WHEN 'demilestoned' THEN changed_milestone
        END AS from_value,
        CASE action
            WHEN 'closed' THEN 'closed' WHEN 'reopened' THEN 'open' WHEN 'assigned' THEN changed_assignee_id
            WHEN 'labeled' THEN changed_label WHEN 'milestoned' THEN changed_milestone
        END AS to_value
    FROM github
),

github_once AS (
    SELECT *, concat_ws(':', 'webhook', ticket_ref, action, epoch_ms(occurred_at), md5(concat_ws('|', from_value, to_value, renamed_from)))
        AS native_id
    FROM github_change
    QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY place) = 1
)

SELECT
    source,
    stream,
    run_id,
    native_id AS ticket_ref,
    native_id || ':' || history_id || ':' || c.item_index AS native_id,
    lpad(history_id, 20, '0') || ':' || lpad(c.item_index::VARCHAR, 6, '0') AS event_order,
    occurred_at,
    actor_id,
    actor_role,
    c.field AS field,
    c.from_value AS from_value,
    c.from_text AS from_text,
    c.to_value AS to_value,
    c.to_text AS to_text,
    true AS has_own_id,
    true AS is_streamed
FROM jira_item
UNION ALL
SELECT
    source, stream, run_id, ticket_ref, native_id, native_id, occurred_at, actor_id, actor_role, field,
    from_value,
    CASE WHEN field = 'status' THEN from_value ELSE renamed_from END,
    to_value,
    CASE field WHEN 'status' THEN to_value WHEN 'summary' THEN title_redacted END,
    false, true
FROM github_once
UNION ALL
SELECT
    source, stream, run_id, ticket_ref, native_id, native_id, at_time, actor_id, actor_role, field,
    from_value, CASE WHEN field = 'status' THEN from_value END, to_value, CASE WHEN field = 'status' THEN to_value END,
    true, true
FROM staging.kafka_said_change
