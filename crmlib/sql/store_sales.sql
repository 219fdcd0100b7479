-- What did each store sell in the month $ym, as known on the morning of $as_of?
-- Grain: one row per store with orders in the month; orders without a store under null.
-- store_id
-- orders   purchases            sales   net money (minor units)
SELECT
    o.store_id,
    CAST(SUM(CASE WHEN s.lines > 0 THEN 1 ELSE 0 END) AS BIGINT) AS orders,
    CAST(SUM(s.gross - s.returns - s.line_discounts - s.order_discount) AS BIGINT) AS sales
FROM order_sales AS s
INNER JOIN orders AS o ON o.order_id = s.order_id AND o.ym = s.ym
WHERE s.business_date < CAST($as_of AS DATE)
GROUP BY o.store_id
ORDER BY o.store_id NULLS FIRST
