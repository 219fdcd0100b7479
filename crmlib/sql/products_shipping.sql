-- How large are the purchases that were shipped, and did shipping cost anything?
-- Grain: one row per money of the goods, from $first_month on; purchases with recorded shipping.
-- gross   money of the goods (minor units)
-- paid    purchases of which shipping cost something        free   of which it cost nothing
SELECT gross, CAST(SUM(CASE WHEN shipping > 0 THEN 1 ELSE 0 END) AS BIGINT) AS paid,
    CAST(SUM(CASE WHEN shipping > 0 THEN 0 ELSE 1 END) AS BIGINT) AS free
FROM product_orders
WHERE shipping IS NOT NULL
GROUP BY gross
ORDER BY gross
