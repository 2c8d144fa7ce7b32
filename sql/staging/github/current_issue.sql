-- One row per GitHub issue or pull request: where its current version lies.
-- key: source, native_id
--
-- The latest version by GitHub's own clock wins, then landing order; arrival
-- order alone never decides. The news of a deletion carries no content, so it
-- flags the last version that had some. first_run_id is the run that landed
-- the issue first.
SELECT
    source,
    native_id,
    max({'updated_at': updated_at, '_file': _file, '_row': _row}) FILTER (WHERE NOT is_deleted) AS version,
    coalesce(max({'_file': _file, '_row': _row}) FILTER (WHERE is_deleted)
        > max({'_file': _file, '_row': _row}) FILTER (WHERE NOT is_deleted), false) AS is_deleted,
    min(run_id) AS first_run_id
FROM staging.github_landed_issue
WHERE reject_reason IS NULL
GROUP BY source, native_id
HAVING version IS NOT NULL
