-- How many days passed from a customer's first purchase to the first one on another day?
-- Grain: one row per month of first purchase and number of days.
-- cohort      month of the first purchase
-- gap_days    days to the second purchase day (null: none before $as_of, or more than $longest days later)
-- customers   known customers
WITH began AS (
    SELECT customer_key, MIN(ym) AS cohort, MIN(business_date) AS first_on
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
again AS (
    SELECT d.customer_key, MIN(d.business_date) AS second_on
    FROM customer_day AS d
    INNER JOIN began AS g ON g.customer_key = d.customer_key
    WHERE d.orders > 0 AND d.business_date > g.first_on AND d.business_date < CAST($as_of AS DATE)
    GROUP BY d.customer_key
),
gaps AS (
    SELECT
        g.cohort,
        CASE
            WHEN DATEDIFF('day', g.first_on, a.second_on) <= $longest THEN DATEDIFF('day', g.first_on, a.second_on)
            ELSE CAST(NULL AS BIGINT)
        END AS gap_days
    FROM began AS g
    LEFT JOIN again AS a ON a.customer_key = g.customer_key
)
SELECT cohort, CAST(gap_days AS BIGINT) AS gap_days, CAST(COUNT(*) AS BIGINT) AS customers
FROM gaps
GROUP BY cohort, gap_days
ORDER BY cohort, gap_days NULLS LAST
