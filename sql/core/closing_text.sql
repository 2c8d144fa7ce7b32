-- One row per resolved ticket that an answer closed: what that says, scrubbed at the border. It is never published.
-- key: ticket_id
--
-- A table and no view, unlike other texts: who asks `match` waits for single
-- answers, and a view would read all comments for them.
SELECT c.ticket_id, t.body
FROM core.closing_remark AS c
INNER JOIN staging.remark AS t
    ON c.source = t.source AND c.comment_id = t.source || ':' || t.native_id AND c.is_streamed = t.is_streamed
