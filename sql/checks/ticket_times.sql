-- No ticket is answered or resolved before it exists, and an open ticket has no time of resolution.
SELECT ticket_id, created_at, first_response_at, first_resolved_at, resolved_at, is_open
FROM marts.ticket
WHERE first_response_at < created_at OR resolved_at < created_at OR first_resolved_at > resolved_at
    OR (is_open AND resolved_at IS NOT NULL) OR (is_open AND first_resolved_at IS NOT NULL AND reopen_count = 0)
