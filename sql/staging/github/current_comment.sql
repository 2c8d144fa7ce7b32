-- One row per GitHub comment: where its current version lies.
-- key: source, native_id
--
-- The latest version by GitHub's own clock wins, then landing order. A deleted
-- comment is left out.
SELECT
    source,
    native_id,
    max({'updated_at': updated_at, '_file': _file, '_row': _row}) FILTER (WHERE NOT is_deleted) AS version,
    min(run_id) AS first_run_id
FROM staging.github_landed_comment
WHERE reject_reason IS NULL
GROUP BY source, native_id
HAVING version IS NOT NULL
    AND NOT coalesce(max({'_file': _file, '_row': _row}) FILTER (WHERE is_deleted)
        > max({'_file': _file, '_row': _row}) FILTER (WHERE NOT is_deleted), false)
