-- One row per repository and number: the issue or pull request that has that name.
-- key: source, project, number
--
-- Comments and events name their issue so. All landed versions count: a
-- repository that was renamed in the configuration left comments under its old
-- name. Where a repository was made anew and reuses numbers, the latest has it.
SELECT
    source,
    project,
    number,
    arg_max(native_id, {'updated_at': updated_at, 'native_id': native_id}) AS native_id
FROM staging.github_landed_issue
WHERE reject_reason IS NULL AND NOT is_deleted
GROUP BY source, project, number
