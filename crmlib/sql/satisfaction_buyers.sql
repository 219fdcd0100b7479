-- How many customers bought, and how often, in each month from $first_month to $month?
-- Grain: one row per month with anything bought or taken back before $as_of.
-- ym          month
-- customers   distinct known customers with a purchase            orders   purchases, those of guests included
SELECT
    ym,
    CAST(COUNT(DISTINCT CASE WHEN orders > 0 THEN customer_key ELSE NULL END) AS BIGINT) AS customers,
    CAST(SUM(orders) AS BIGINT) AS orders
FROM customer_day
WHERE ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE)
GROUP BY ym
ORDER BY ym
