-- One row per resolved ticket that an answer closed: what that says, scrubbed at the border. It is never published.
-- key: ticket_id
--
-- What closed the ticket is an answer that its reporter thanked for, else one by
-- whoever resolved the ticket, else one by an agent, else the last one. Questions,
-- and remarks that say no more than that the ticket is closed, are no answers.
--
-- A table and no view, unlike other texts: who asks `match` waits for single
-- answers, and a view would read all comments for them.
WITH said AS (
    SELECT
        a.ticket_id,
        a.place,
        a.is_by_resolver,
        a.is_by_agent,
        arg_min(t.body, t.is_streamed) AS body,
        coalesce(bool_or(is_thanks(r.body)), false) AS is_thanked
    FROM core.closing_answer AS a
    INNER JOIN staging.remark AS t ON a.source = t.source AND a.comment_id = t.source || ':' || t.native_id
    LEFT JOIN staging.remark AS r ON a.source = r.source AND a.reply_id = r.source || ':' || r.native_id
    WHERE trim(t.body) <> ''
    GROUP BY a.ticket_id, a.place, a.is_by_resolver, a.is_by_agent
)

SELECT
    ticket_id,
    arg_min(body, CASE WHEN is_thanked THEN 0 ELSE 1000 END
        + CASE WHEN is_by_resolver THEN 0 ELSE 100 END
        + CASE WHEN is_by_agent THEN 0 ELSE 10 END
        + place) AS body
FROM said
WHERE NOT is_question(body) AND NOT is_bare_closing(body)
GROUP BY ticket_id
