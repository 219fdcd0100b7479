-- What did known customers and guests bring in each month?
-- Grain: one row per month with a line before $as_of.
-- ym                          the month
-- known_orders, guest_orders  purchases
-- known_sales, guest_sales    net money (minor units)
SELECT
    ym,
    CAST(SUM(CASE WHEN customer_key IS NOT NULL THEN orders ELSE 0 END) AS BIGINT) AS known_orders,
    CAST(SUM(CASE WHEN customer_key IS NULL THEN orders ELSE 0 END) AS BIGINT) AS guest_orders,
    CAST(SUM(CASE WHEN customer_key IS NOT NULL THEN net ELSE 0 END) AS BIGINT) AS known_sales,
    CAST(SUM(CASE WHEN customer_key IS NULL THEN net ELSE 0 END) AS BIGINT) AS guest_sales
FROM customer_day
WHERE business_date < CAST($as_of AS DATE)
GROUP BY ym
ORDER BY ym
