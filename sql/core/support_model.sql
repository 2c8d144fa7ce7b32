-- One row per ticket: which support model handled it and what said so.
-- key: ticket_id
--
-- The configuration's first matching rule wins; a rule matches when all its
-- conditions do. Without one, a ticket that two models have worked on is hybrid,
-- where the configuration knows such a model: because it is linked to a ticket
-- of a source of another model, or because both an agent and the community have
-- answered it. Else the source's own model counts.
WITH matched AS (
    SELECT a.ticket_id, c.rule_no
    FROM config.rule_condition AS c
    INNER JOIN core.ticket_attribute AS a ON c.field = a.field AND lower(a.value) LIKE c.pattern ESCAPE '\'
    GROUP BY a.ticket_id, c.rule_no, c.condition_count
    HAVING count(DISTINCT c.field) = c.condition_count
),

first_rule AS (
    SELECT ticket_id, min(rule_no) AS rule_no FROM matched GROUP BY ticket_id
),

-- a link counts for both of its ends
linked AS (
    SELECT ticket_id, other_ticket_id FROM core.link WHERE is_across_sources
    UNION
    SELECT other_ticket_id, ticket_id FROM core.link WHERE is_across_sources
),

across AS (
    SELECT DISTINCT l.ticket_id
    FROM linked AS l
    INNER JOIN core.ticket AS t ON l.ticket_id = t.ticket_id
    INNER JOIN core.ticket AS o ON l.other_ticket_id = o.ticket_id
    WHERE t.source_support_model <> o.source_support_model
),

answered AS (
    SELECT ticket_id
    FROM core.comment
    WHERE is_response
    GROUP BY ticket_id
    HAVING bool_or(author_role = 'agent') AND bool_or(author_role = 'community')
),

decided AS (
    SELECT
        t.ticket_id,
        t.source_support_model,
        r.rule_no,
        r.support_model AS rule_model,
        h.support_model AS hybrid_model,
        x.ticket_id IS NOT NULL AS is_linked_across,
        a.ticket_id IS NOT NULL AS is_answered_by_both
    FROM core.ticket AS t
    LEFT JOIN first_rule AS f ON t.ticket_id = f.ticket_id
    LEFT JOIN config.rule AS r ON f.rule_no = r.rule_no
    LEFT JOIN config.support_model AS h ON h.support_model = 'hybrid'
    LEFT JOIN across AS x ON t.ticket_id = x.ticket_id
    LEFT JOIN answered AS a ON t.ticket_id = a.ticket_id
)

SELECT
    ticket_id,
    CASE
        WHEN rule_no IS NOT NULL THEN rule_model
        WHEN is_linked_across OR is_answered_by_both THEN coalesce(hybrid_model, source_support_model)
        ELSE source_support_model
    END AS support_model,
    CASE
        WHEN rule_no IS NOT NULL THEN 'rule ' || rule_no
        WHEN is_linked_across AND hybrid_model IS NOT NULL THEN 'linked across sources'
        WHEN is_answered_by_both AND hybrid_model IS NOT NULL THEN 'answered by both sides'
        ELSE 'source'
    END AS support_model_rule
FROM decided
