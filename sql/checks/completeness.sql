-- Every landed record is in core or has a reason not to be, and no source holds records that we lack without a reason (missing_unexplained: `ticketmill run --full SOURCE` reads it again from the beginning).
SELECT source, stream, run_id, landed, in_core, unexplained, counted_at_source, held, missing_unexplained
FROM ops.completeness
WHERE unexplained <> 0 OR (is_latest AND missing_unexplained > 0)
