-- One row per item of the history in a landed version of a Jira issue.
-- key: _file, issue_row, history_id, item_index
--
-- Keyed by history and item: one history may touch one field twice. issue_row
-- is the row of the version in its landing file.
WITH parsed AS (
    SELECT
        _source AS source,
        _row AS issue_row,
        TRY(from_json(payload, '{
            "id": "VARCHAR",
            "changelog": {"histories": [{"id": "VARCHAR", "created": "VARCHAR",
                "author": {"_actor": "VARCHAR", "_role": "VARCHAR"},
                "items": [{"field": "VARCHAR", "fieldId": "VARCHAR", "fieldtype": "VARCHAR",
                    "from": "VARCHAR", "fromString": "VARCHAR", "to": "VARCHAR", "toString": "VARCHAR",
                    "_from": "VARCHAR", "_to": "VARCHAR"}]}]}
        }')) AS j
    FROM landing.jira_issues
),

history AS (
    SELECT source, issue_row, j.id AS native_ticket_id, unnest(j.changelog.histories) AS h FROM parsed
),

item AS (
    SELECT
        source,
        issue_row,
        native_ticket_id,
        h.id AS history_id,
        to_utc(h.created) AS occurred_at,
        h.author._actor AS actor_id,
        h.author._role AS actor_role,
        unnest(h.items) AS i,
        unnest(range(len(h.items))) AS item_index
    FROM history
)

SELECT
    source,
    issue_row,
    native_ticket_id,
    history_id,
    item_index::INTEGER AS item_index,
    occurred_at,
    actor_id,
    actor_role,
    -- Server gives names only, and a custom field may be called like a field of Jira's own.
    CASE
        WHEN i.fieldId IS NULL AND i.fieldtype = 'custom' THEN 'custom:' || i.field
        ELSE coalesce(i.fieldId, i.field)
    END AS field,
    -- _from and _to: a person under the one id that the privacy border gives
    coalesce(i._from, i."from") AS from_value,
    i.fromString AS from_text,
    coalesce(i._to, i."to") AS to_value,
    i."toString" AS to_text
FROM item
WHERE history_id IS NOT NULL AND occurred_at IS NOT NULL
