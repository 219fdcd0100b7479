-- Whose details have not been looked at since $stale_before, and how much of the month's sales hangs on them?
-- Grain: one row.
-- dated   known customers with a date of last update            stale   of these, those updated before $stale_before
-- sales   net money of the stale ones in the month $month (minor units)
WITH details AS (
    SELECT net, CASE WHEN updated_at < CAST($stale_before AS TIMESTAMP) THEN 1 ELSE 0 END AS old
    FROM quality_details
    WHERE updated_at IS NOT NULL
)
SELECT
    CAST(COUNT(*) AS BIGINT) AS dated,
    COALESCE(CAST(SUM(old) AS BIGINT), 0) AS stale,
    COALESCE(CAST(SUM(CASE WHEN old = 1 THEN net ELSE 0 END) AS BIGINT), 0) AS sales
FROM details
