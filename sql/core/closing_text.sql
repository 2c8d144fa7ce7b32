-- One row per resolved ticket that somebody answered: what closed it, scrubbed at the border. It is never published.
-- key: ticket_id
-- as: view
SELECT
    a.ticket_id,
    arg_min(t.body, t.is_streamed) AS body
FROM core.closing_answer AS a
INNER JOIN staging.remark AS t ON a.source = t.source AND a.comment_id = t.source || ':' || t.native_id
WHERE trim(t.body) <> ''
GROUP BY a.ticket_id
