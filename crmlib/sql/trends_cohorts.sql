-- Of those who first bought in a month, how many bought in each month since, for how much, and when for the last time?
-- Grain: one row per month of first purchase and month in which some of them bought or took something back.
-- cohort        month of the first purchase            ym   month, from the cohort's own on
-- active        known customers of the cohort with a purchase in that month
-- last_active   of these, those who have not bought in a later month before $as_of
-- sales         net of the cohort in that month (minor units)
WITH months AS (
    SELECT customer_key, ym, CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key, ym
),
began AS (
    SELECT customer_key, MIN(ym) AS cohort, MAX(ym) AS last_ym
    FROM months
    WHERE orders > 0
    GROUP BY customer_key
)
SELECT
    g.cohort, m.ym,
    CAST(SUM(CASE WHEN m.orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS active,
    CAST(SUM(CASE WHEN m.ym = g.last_ym THEN 1 ELSE 0 END) AS BIGINT) AS last_active,
    CAST(SUM(m.net) AS BIGINT) AS sales
FROM months AS m
INNER JOIN began AS g ON g.customer_key = m.customer_key
WHERE m.ym >= g.cohort
GROUP BY g.cohort, m.ym
ORDER BY g.cohort, m.ym
