-- One row per ticket of which a feed tells what its tracker does not know: channel, customer, team, language.
-- key: source, ticket_ref
SELECT
    source,
    ticket_ref,
    arg_max(channel, (at_time, place)) FILTER (WHERE channel IS NOT NULL) AS channel,
    arg_max(language, (at_time, place)) FILTER (WHERE language IS NOT NULL) AS language,
    arg_max(CASE WHEN type = 'event' THEN to_value ELSE team END, (at_time, place))
        FILTER (WHERE CASE WHEN type = 'event' THEN field = 'team' ELSE team IS NOT NULL END) AS team,
    arg_max(customer_id, (at_time, place)) FILTER (WHERE customer_id IS NOT NULL) AS customer_id,
    arg_max(customer_tier, (at_time, place)) FILTER (WHERE customer_tier IS NOT NULL) AS customer_tier
FROM staging.kafka_said
GROUP BY source, ticket_ref
