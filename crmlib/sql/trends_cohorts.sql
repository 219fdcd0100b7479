-- Of those who first bought in a month, how many bought in each month since, for how much, and when for the last time?
-- Grain: one row per month of first purchase and month: those after $known_month in which some of them bought or took something
-- back, and all in which some of them bought for the last time.
-- cohort        month of the first purchase            ym   month, from the cohort's own on
-- active        known customers of the cohort with a purchase in that month (0 up to $known_month)
-- last_active   customers of the cohort who have not bought in a later month before $as_of
-- sales         net of the cohort in that month (minor units; 0 up to $known_month)
-- trends_buyers: as known on the morning of $as_of
WITH months AS (
    SELECT customer_key, ym, CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND ym > $known_month AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key, ym
),
cells AS (
    SELECT
        b.first_ym AS cohort, m.ym,
        CASE WHEN m.orders > 0 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS active,
        CAST(0 AS BIGINT) AS last_active, m.net AS sales
    FROM months AS m
    INNER JOIN trends_buyers AS b ON b.customer_key = m.customer_key
    WHERE m.ym >= b.first_ym
    UNION ALL
    SELECT
        first_ym AS cohort, last_ym AS ym, CAST(0 AS BIGINT) AS active, CAST(1 AS BIGINT) AS last_active,
        CAST(0 AS BIGINT) AS sales
    FROM trends_buyers
)
SELECT
    cohort, ym, CAST(SUM(active) AS BIGINT) AS active, CAST(SUM(last_active) AS BIGINT) AS last_active,
    CAST(SUM(sales) AS BIGINT) AS sales
FROM cells
GROUP BY cohort, ym
ORDER BY cohort, ym
