-- One row per GitHub event, in the shape common to all kinds.
-- key: source, native_id
--
-- Closing and reopening become changes of the field "status".
SELECT
    e.source,
    e.stream,
    e.run_id,
    n.native_id AS ticket_ref, -- null: the issue has not landed
    e.native_id,
    lpad(e.native_id, 20, '0') AS event_order,
    e.occurred_at,
    e.actor_id,
    e.actor_role,
    CASE
        WHEN e.event IN ('closed', 'reopened') THEN 'status'
        WHEN e.event IN ('assigned', 'unassigned') THEN 'assignee'
        WHEN e.event IN ('labeled', 'unlabeled') THEN 'labels'
        WHEN e.event = 'renamed' THEN 'summary'
        WHEN e.event IN ('milestoned', 'demilestoned') THEN 'milestone'
        ELSE e.event
    END AS field,
    CASE e.event
        WHEN 'closed' THEN 'open' WHEN 'reopened' THEN 'closed'
        WHEN 'unassigned' THEN e.assignee_id
        WHEN 'unlabeled' THEN e.label WHEN 'demilestoned' THEN e.milestone
    END AS from_value,
    CASE e.event WHEN 'closed' THEN 'open' WHEN 'reopened' THEN 'closed' WHEN 'renamed' THEN e.renamed_from END
        AS from_text,
    CASE e.event
        WHEN 'closed' THEN 'closed' WHEN 'reopened' THEN 'open'
        WHEN 'assigned' THEN e.assignee_id
        WHEN 'labeled' THEN e.label WHEN 'milestoned' THEN e.milestone
    END AS to_value,
    CASE e.event WHEN 'closed' THEN 'closed' WHEN 'reopened' THEN 'open' WHEN 'renamed' THEN e.renamed_to END
        AS to_text,
    true AS has_own_id,
    false AS is_streamed
FROM staging.github_landed_event AS e
INNER JOIN staging.github_current_event AS v ON landed_place(e._file, e._row) = v.place
LEFT JOIN staging.github_issue_name AS n
    ON e.source = n.source AND e.project = n.project AND e.number = n.number
