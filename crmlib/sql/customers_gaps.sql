-- How long do customers usually wait between purchase days?
-- Grain: one row per number of days.
-- gap_days   days from one purchase day to the next
-- n          such waits of all known customers
SELECT CAST(gap AS BIGINT) AS gap_days, CAST(COUNT(*) AS BIGINT) AS n
FROM purchase_gaps
WHERE gap IS NOT NULL
GROUP BY gap
ORDER BY gap_days
