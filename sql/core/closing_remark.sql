-- One row per resolved ticket that an answer closed: which comment that is.
-- key: ticket_id
--
-- What closed the ticket is an answer that its reporter thanked for, else one by
-- whoever resolved the ticket, else one by an agent, else the last one. Questions,
-- and remarks that say no more than that the ticket is closed, are no answers.
-- Where a comment was polled and streamed, what was polled counts.
WITH said AS (
    SELECT
        a.ticket_id,
        a.source,
        a.comment_id,
        a.reply_id,
        a.place,
        a.is_by_resolver,
        a.is_by_agent,
        bool_and(t.is_streamed) AS is_streamed
    FROM core.closing_answer AS a
    INNER JOIN staging.remark AS t ON a.source = t.source AND a.comment_id = t.source || ':' || t.native_id
    WHERE trim(t.body) <> '' AND NOT is_question(t.body) AND NOT is_bare_closing(t.body)
    GROUP BY ALL
),

thanks AS (
    SELECT DISTINCT a.ticket_id, a.reply_id
    FROM core.closing_answer AS a
    INNER JOIN staging.remark AS r ON a.source = r.source AND a.reply_id = r.source || ':' || r.native_id
    WHERE is_thanks(r.body)
),

ranked AS (
    SELECT
        s.*,
        CASE WHEN t.reply_id IS NULL THEN 1000 ELSE 0 END
            + CASE WHEN s.is_by_resolver THEN 0 ELSE 100 END
            + CASE WHEN s.is_by_agent THEN 0 ELSE 10 END
            + s.place AS preference
    FROM said AS s
    LEFT JOIN thanks AS t ON s.ticket_id = t.ticket_id AND s.reply_id = t.reply_id
)

SELECT
    ticket_id,
    source,
    arg_min(comment_id, preference) AS comment_id,
    arg_min(is_streamed, preference) AS is_streamed
FROM ranked
GROUP BY ticket_id, source
