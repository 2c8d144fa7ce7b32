-- One row per comment that messages tell of, in its current version.
-- key: source, native_id
WITH told AS (
    SELECT
        source, stream, run_id, place, native_id AS ticket_ref, comment_id AS native_id,
        comment_author_id AS author_id, comment_author_role AS author_role,
        comment_created_at AS created_at, comment_updated_at AS updated_at, comment_is_public AS is_public,
        is_comment_deletion AS is_deleted
    FROM staging.kafka_jira
    WHERE comment_id IS NOT NULL
    UNION ALL
    SELECT
        source, stream, run_id, place, native_id, comment_id,
        comment_author_id, comment_author_role,
        comment_created_at, comment_updated_at, true,
        action = 'deleted'
    FROM staging.kafka_github
    WHERE event = 'issue_comment' AND comment_id IS NOT NULL
    UNION ALL
    SELECT
        source, stream, run_id, place, ticket_ref,
        said_comment_id(ticket_ref, own_id, created_at, at_time, author_id, body),
        author_id, author_role,
        created_at, at_time, is_public,
        coalesce(is_deleted, false)
    FROM staging.kafka_said
    WHERE type = 'comment'
)

SELECT source, stream, run_id, ticket_ref, native_id, author_id, author_role, first_at AS created_at, updated_at, is_public, true AS is_streamed
FROM (
    SELECT
        *,
        -- a feed need not say when a comment was made: then its first version does
        coalesce(created_at, min(updated_at) OVER (PARTITION BY source, native_id)) AS first_at,
        bool_or(is_deleted) OVER (PARTITION BY source, native_id) AS is_gone
    FROM told
) AS versions
WHERE NOT is_gone
QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY updated_at DESC, place DESC) = 1
