-- On which days were there sales?
-- Grain: one row per business date before $as_of with a purchase.
-- business_date
-- orders   purchases            sales   net money (minor units)
SELECT
    business_date,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(net) AS BIGINT) AS sales
FROM customer_day
WHERE business_date < CAST($as_of AS DATE) AND orders > 0
GROUP BY business_date
ORDER BY business_date
