-- One row per GitHub comment that is not deleted: where its current version lies.
-- key: source, native_id
--
-- The latest version by the source's own clock wins, then landing order;
-- arrival order alone never decides.
WITH version AS (
    SELECT
        source,
        native_id,
        stream,
        run_id,
        landed_place(_file, _row) AS place
    FROM staging.github_landed_comment
    WHERE reject_reason IS NULL AND NOT is_deleted
    QUALIFY row_number() OVER (PARTITION BY source, native_id ORDER BY updated_at DESC, place DESC) = 1
),

deletion AS (
    SELECT source, native_id, max(landed_place(_file, _row)) AS place
    FROM staging.github_landed_comment
    WHERE reject_reason IS NULL AND is_deleted
    GROUP BY source, native_id
)

SELECT
    v.source,
    v.native_id,
    v.stream,
    v.run_id,
    v.place
FROM version AS v
LEFT JOIN deletion AS d ON v.source = d.source AND v.native_id = d.native_id
WHERE d.place IS NULL OR d.place < v.place
