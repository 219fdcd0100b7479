-- How much was sold on each day, as known on the morning of $as_of?
-- Grain: one row per business date with a line in the mart, after the month $known_month (empty for all of them).
-- business_date, ym (month as the shop counts it), dow (1 = Monday)
-- orders     purchases, guests included
-- customers  known customers with a purchase
-- sales      net money (minor units)            returns   positive money of negative lines (minor units)
SELECT
    business_date, ym, dow,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN customer_key IS NOT NULL AND orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS customers,
    CAST(SUM(net) AS BIGINT) AS sales,
    CAST(SUM(returns) AS BIGINT) AS returns
FROM customer_day
WHERE business_date < CAST($as_of AS DATE) AND ym > $known_month
GROUP BY business_date, ym, dow
ORDER BY business_date
