-- What does each tenth of the buyers bring, and how long ago did they buy?
-- Grain: one row per tenth and days since the last purchase.
-- decile          as in customers_worth
-- recency_days    $as_of - last purchase (days)
-- customers       buyers                  once   of these, bought on one day only
-- sales           net of the last year (minor units)
SELECT
    decile, recency_days, CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN purchase_days = 1 THEN 1 ELSE 0 END) AS BIGINT) AS once,
    CAST(SUM(recent_money) AS BIGINT) AS sales
FROM customers_worth
WHERE decile IS NOT NULL
GROUP BY decile, recency_days
ORDER BY decile, recency_days
