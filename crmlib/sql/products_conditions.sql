-- What do purchases look like with and without a coupon, and by way of paying?
-- Grain: one row per condition and level, from $first_month on.
-- condition   coupon or payment
-- level       with or without a coupon; the way of paying, empty where none is recorded
-- orders      purchases               customers   known customers
-- quantity    pieces                  gross       money of the gross lines (minor units)
SELECT 'coupon' AS condition, CASE WHEN coupon IS NULL THEN 'without' ELSE 'with' END AS level,
    CAST(COUNT(*) AS BIGINT) AS orders, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers,
    CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(gross) AS BIGINT) AS gross
FROM product_orders
GROUP BY CASE WHEN coupon IS NULL THEN 'without' ELSE 'with' END
UNION ALL
SELECT 'payment' AS condition, COALESCE(payment, '') AS level,
    CAST(COUNT(*) AS BIGINT) AS orders, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers,
    CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(gross) AS BIGINT) AS gross
FROM product_orders
GROUP BY COALESCE(payment, '')
ORDER BY condition, level
