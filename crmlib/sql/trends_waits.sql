-- How many days pass between one purchase day and the next, and how long have those waited who have not come again yet?
-- Grain: one row per kind of wait, number of days and outcome: waits that ended after $known_month, and all that have not ended.
-- cohort     month of the first purchase for the wait that follows it, else null
-- purchase   1 = from the first to the second purchase day, 2 = from the second to the third, 3 = later ones
-- days       days to the next purchase day, or to the last day before $as_of where there was none yet
-- came       1 = the next purchase day came, else 0 (still waiting)
-- waits      such waits of known customers
-- trends_buyers: as known at the end of $known_month, of each customer the last purchase day and its number
WITH days AS (
    SELECT customer_key, first_ym AS ym, last_on AS business_date, purchase_days
    FROM trends_buyers
    UNION ALL
    SELECT customer_key, ym, business_date, CAST(1 AS BIGINT) AS purchase_days
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND ym > $known_month AND business_date < CAST($as_of AS DATE)
),
bought AS (
    SELECT ym, business_date,
        CAST(SUM(purchase_days) OVER (PARTITION BY customer_key ORDER BY business_date NULLS FIRST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS place,
        LEAD(business_date) OVER (PARTITION BY customer_key ORDER BY business_date NULLS FIRST) AS next_on
    FROM days
),
waited AS (
    SELECT
        CASE WHEN place = 1 THEN ym ELSE CAST(NULL AS VARCHAR) END AS cohort,
        CAST(LEAST(place, 3) AS BIGINT) AS purchase,
        CAST(DATEDIFF('day', business_date, COALESCE(next_on, CAST($as_of AS DATE) - INTERVAL 1 DAY)) AS BIGINT)
            AS days,
        CASE WHEN next_on IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS came
    FROM bought
)
SELECT cohort, purchase, days, came, CAST(COUNT(*) AS BIGINT) AS waits
FROM waited
GROUP BY cohort, purchase, days, came
ORDER BY cohort NULLS LAST, purchase, days, came
