-- One row per comment on a ticket.
-- key: comment_id
--
-- is_response marks what counts as an answer: public, by a human other than
-- the reporter, not older than the ticket (imports carry such), and by an
-- account that still exists.
WITH placed AS (
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
        c.stream,
        c.run_id
    FROM staging.comment AS c
    INNER JOIN core.ticket AS t ON c.source = t.source AND c.ticket_ref = t.ticket_ref
    LEFT JOIN staging.agent AS a
        ON c.source = a.source AND t.project = a.project AND c.author_id = a.actor_id
)

SELECT
    * EXCLUDE (is_imported),
    coalesce(author_role IN ('agent', 'community') AND is_public AND NOT is_imported, false) AS is_response
FROM placed
