-- How much have the customers won in a month brought since, month by month?
-- Grain: one row per month of first purchase and later month with money.
-- cohort      month of the first purchase         ym   month of the money
-- sales       net of the cohort in that month (minor units)
-- customers   customers of the cohort (the same in each of its rows)
WITH began AS (
    SELECT customer_key, MIN(ym) AS cohort
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
sizes AS (
    SELECT cohort, CAST(COUNT(*) AS BIGINT) AS customers
    FROM began
    GROUP BY cohort
)
SELECT g.cohort, d.ym, CAST(SUM(d.net) AS BIGINT) AS sales, s.customers
FROM customer_day AS d
INNER JOIN began AS g ON g.customer_key = d.customer_key
INNER JOIN sizes AS s ON s.cohort = g.cohort
WHERE d.business_date < CAST($as_of AS DATE) AND d.ym >= g.cohort
GROUP BY g.cohort, d.ym, s.customers
ORDER BY g.cohort, d.ym
