-- How long do customers usually wait between purchase days?
-- Grain: one row per number of days.
-- gap_days   days from one purchase day to the next
-- n          such waits of all known customers
WITH bought AS (
    SELECT
        DATEDIFF('day', LAG(business_date) OVER (PARTITION BY customer_key ORDER BY business_date NULLS FIRST),
            business_date) AS gap
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
)
SELECT CAST(gap AS BIGINT) AS gap_days, CAST(COUNT(*) AS BIGINT) AS n
FROM bought
WHERE gap IS NOT NULL
GROUP BY gap
ORDER BY gap_days
