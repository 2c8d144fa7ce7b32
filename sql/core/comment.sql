-- One row per comment on a ticket.
-- key: comment_id
--
-- is_response marks what counts as an answer: public, by a human other than
-- the reporter, not older than the ticket (imports carry such), and by an
-- account that still exists.
--
-- A comment that is both polled and told of in messages is one comment. One
-- that only messages know is gone if the polled ticket, which carries all its
-- comments, is as new and lacks it; a restricted one may just be hidden from us.
WITH streamed AS (
    SELECT source, native_id, updated_at FROM staging.comment WHERE is_streamed
),

polled AS (
    SELECT c.source, c.native_id, c.updated_at, c.stream, c.run_id
    FROM staging.comment AS c
    INNER JOIN streamed AS s ON c.source = s.source AND c.native_id = s.native_id
    WHERE c.is_streamed IS NOT TRUE
),

-- Keys that are null where a join does not apply: a condition on one side alone
-- would turn the hash join into a comparison of every row with every other.
told AS (
    SELECT
        *,
        CASE WHEN is_streamed IS NOT TRUE THEN native_id END AS polled_id,
        CASE WHEN is_streamed THEN native_id END AS streamed_id,
        CASE WHEN is_streamed AND is_public THEN ticket_ref END AS public_ref
    FROM staging.comment
),

complete AS (
    SELECT source, ticket_ref, version_at FROM staging.ticket WHERE has_all_comments
),

version AS (
    SELECT
        c.* EXCLUDE (stream, run_id, polled_id, streamed_id, public_ref),
        coalesce(p.stream, c.stream) AS stream,
        coalesce(p.run_id, c.run_id) AS run_id,
        coalesce(c.is_streamed, false) OR s.native_id IS NOT NULL AS is_in_feed
    FROM told AS c
    LEFT JOIN streamed AS s ON c.source = s.source AND c.polled_id = s.native_id
    LEFT JOIN polled AS p ON c.source = p.source AND c.streamed_id = p.native_id
    LEFT JOIN complete AS t ON c.source = t.source AND c.public_ref = t.ticket_ref
    LEFT JOIN staging.deletion AS d ON c.source = d.source AND c.native_id = d.native_id AND d.unit = 'comment'
    WHERE CASE WHEN c.is_streamed THEN coalesce(c.updated_at > p.updated_at, true)
        ELSE coalesce(c.updated_at >= s.updated_at, true) END
        AND (p.native_id IS NOT NULL OR coalesce(c.updated_at > t.version_at, true))
        AND coalesce(c.updated_at > d.deleted_at, true)
),

placed AS (
    SELECT
        c.source || ':' || c.native_id AS comment_id,
        t.ticket_id,
        c.source,
        c.author_id,
        role_on_ticket(c.author_id, c.author_role, t.reporter_id, a.actor_id IS NOT NULL) AS author_role,
        c.created_at,
        c.updated_at,
        c.is_public,
        c.created_at < t.created_at AS is_imported,
        c.is_in_feed,
        c.stream,
        c.run_id
    FROM version AS c
    INNER JOIN core.ticket AS t ON c.source = t.source AND c.ticket_ref = t.ticket_ref
    LEFT JOIN core.agent AS a
        ON c.source = a.source AND t.project IS NOT DISTINCT FROM a.project AND c.author_id = a.actor_id
)

SELECT
    * EXCLUDE (is_imported),
    coalesce(author_role IN ('agent', 'community') AND is_public AND NOT is_imported, false) AS is_response
FROM placed
