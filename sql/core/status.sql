-- One row per source and status that a ticket has or had: its category.
-- key: source, status_id
--
-- The source's own list decides, then what its tickets say, then the name: a
-- status that only old changes mention may be gone from the list.
WITH known AS (
    SELECT source, native_id AS status_id, status, status_category_key, 1 AS rank, NULL::TIMESTAMP AS seen_at
    FROM staging.status
    UNION ALL
    SELECT source, coalesce(status_id, status), status, status_category_key, 2, max(updated_at)
    FROM staging.ticket
    GROUP BY ALL
    UNION ALL
    SELECT source, coalesce(from_value, from_text), from_text, NULL, 3, max(occurred_at)
    FROM staging.event WHERE field = 'status'
    GROUP BY ALL
    UNION ALL
    SELECT source, coalesce(to_value, to_text), to_text, NULL, 3, max(occurred_at)
    FROM staging.event WHERE field = 'status'
    GROUP BY ALL
),

best AS (
    SELECT DISTINCT ON (source, status_id) source, status_id, status, status_category_key
    FROM known
    WHERE status_id IS NOT NULL
    ORDER BY source, status_id, rank, seen_at DESC, status, status_category_key
)

SELECT
    source,
    status_id,
    status,
    CASE
        WHEN status_category_key = 'done' THEN 'resolved'
        WHEN status_category_key IN ('open', 'pending') THEN status_category_key
        WHEN status_category_key IS NULL AND is_resolved_status(status) THEN 'resolved'
        WHEN is_waiting_status(status) THEN 'pending'
        ELSE 'open'
    END AS status_category
FROM best
