-- How long until a first buyer buys a second time, and a second-time buyer a third?
-- Grain: one row per step, number of days and outcome.
-- step        2 = from the first to the second purchase day, 3 = from the second to the third
-- days        days to the next purchase day, or to the last day before $as_of where there was none yet
-- came        1 = the next purchase day came, else 0 (still waiting)
-- customers   known customers
WITH bought AS (
    SELECT customer_key, business_date,
        ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY business_date NULLS FIRST) AS place,
        LEAD(business_date) OVER (PARTITION BY customer_key ORDER BY business_date NULLS FIRST) AS next_on
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
),
waits AS (
    SELECT
        CAST(place AS BIGINT) + 1 AS step,
        CAST(DATEDIFF('day', business_date, COALESCE(next_on, CAST($as_of AS DATE) - INTERVAL 1 DAY)) AS BIGINT)
            AS days,
        CASE WHEN next_on IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS came
    FROM bought
    WHERE place <= 2
)
SELECT step, days, came, CAST(COUNT(*) AS BIGINT) AS customers
FROM waits
GROUP BY step, days, came
ORDER BY step, days, came
