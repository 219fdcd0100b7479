-- Of those who first bought in a month, how many bought in each month since?
-- Grain: one row per month of first purchase and month in which some of them bought.
-- cohort    month of the first purchase            ym   month
-- active    known customers of the cohort with a purchase in that month
WITH bought AS (
    SELECT customer_key, ym
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key, ym
),
began AS (
    SELECT customer_key, MIN(ym) AS cohort
    FROM bought
    GROUP BY customer_key
)
SELECT g.cohort, b.ym, CAST(COUNT(*) AS BIGINT) AS active
FROM bought AS b
INNER JOIN began AS g ON g.customer_key = b.customer_key
GROUP BY g.cohort, b.ym
ORDER BY g.cohort, b.ym
