-- One row per source, stream and run of a Kafka source: what became of its landed records.
-- key: source, stream, run_id
--
-- superseded are redeliveries, and quarantined messages that a replay has read
-- since; excluded is what is not about a ticket (other webhooks, tombstones,
-- pull requests that nobody wants); orphaned what is about a ticket that
-- nothing describes (yet): a comment's webhook carries no whole issue.
WITH reject AS (
    SELECT _file, message_row, reject_reason FROM staging.kafka_landed_jira
    UNION ALL
    SELECT _file, message_row, reject_reason FROM staging.kafka_landed_github
    UNION ALL
    SELECT _file, message_row, reject_reason FROM staging.kafka_landed_said
    UNION ALL
    SELECT _file, message_row, reject_reason FROM staging.kafka_landed_row
),

-- by the ticket, as core decides: a feed may speak of a pull request too
ticket AS (
    SELECT t.source, t.ticket_ref, bool_and(t.is_pull_request AND NOT coalesce(o.include_pull_requests, false)) AS is_unwanted
    FROM staging.ticket AS t
    LEFT JOIN (
        SELECT source, include_pull_requests FROM config.source
        UNION ALL
        SELECT source, include_pull_requests FROM staging.source
    ) AS o ON t.source = o.source
    GROUP BY t.source, t.ticket_ref
),

fate AS (
    SELECT
        l.via,
        l.stream,
        l.run_id,
        coalesce(l.reject_reason, r.reject_reason) AS reject_reason,
        CASE
            WHEN coalesce(l.reject_reason, r.reject_reason) IS NOT NULL THEN 'rejected'
            WHEN s._file IS NULL THEN 'superseded'
            WHEN s.source IS NULL THEN 'excluded'
            WHEN t.ticket_ref IS NULL THEN 'orphaned'
            WHEN t.is_unwanted THEN 'excluded'
            ELSE 'accepted'
        END AS fate
    FROM staging.kafka_landed_message AS l
    LEFT JOIN reject AS r ON l._file = r._file AND l.message_row = r.message_row
    LEFT JOIN staging.kafka_subject AS s ON l._file = s._file AND l.message_row = s.message_row
    LEFT JOIN ticket AS t ON s.source = t.source AND s.ticket_ref = t.ticket_ref
    UNION ALL
    SELECT
        q.via,
        q.stream,
        q.run_id,
        CASE WHEN fate = 'rejected' THEN reject_reason END,
        fate
    FROM (
        SELECT
            q.*,
            CASE
                WHEN m.message_key IS NOT NULL THEN 'superseded'
                WHEN row_number() OVER (PARTITION BY q.via, q.stream, q.message_key ORDER BY q._file, q.message_row) > 1 THEN 'superseded'
                ELSE 'rejected'
            END AS fate
        FROM staging.kafka_landed_quarantine AS q
        LEFT JOIN (
            -- a message that held several records has an index behind its key
            SELECT DISTINCT via, split_part(stream, '@', 2) AS scope, regexp_extract(message_key, '^[^:]*:[^:]*') AS message_key
            FROM staging.kafka_landed_message
        ) AS m ON q.via = m.via AND split_part(q.stream, '@', 2) = m.scope AND q.message_key = m.message_key
    ) AS q
)

SELECT
    via AS source,
    stream,
    run_id,
    'message' AS unit,
    sum(n) FILTER (WHERE fate = 'rejected')::BIGINT AS rejected,
    string_agg(reject_reason || '=' || n, ', ' ORDER BY reject_reason) FILTER (WHERE fate = 'rejected') AS reject_reasons,
    sum(n) FILTER (WHERE fate = 'superseded')::BIGINT AS superseded,
    sum(n) FILTER (WHERE fate = 'excluded')::BIGINT AS excluded,
    sum(n) FILTER (WHERE fate = 'orphaned')::BIGINT AS orphaned,
    sum(n) FILTER (WHERE fate = 'accepted')::BIGINT AS accepted,
    -- a stream is not counted by its source: offsets have holes by design
    sum(n)::BIGINT AS new_keys
FROM (SELECT via, stream, run_id, fate, reject_reason, count(*) AS n FROM fate GROUP BY ALL) AS counted
GROUP BY via, stream, run_id
