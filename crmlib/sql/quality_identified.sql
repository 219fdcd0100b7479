-- How much of what each store and channel sold in the month $ym carries a customer?
-- Grain: one row per store and channel with orders in the month; orders without one of them under null.
-- store_id, channel
-- orders, known_orders   purchases, and those of known customers
-- sales, known_sales     net money, and that of known customers (minor units)
SELECT
    o.store_id, o.channel,
    CAST(SUM(CASE WHEN s.lines > 0 THEN 1 ELSE 0 END) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN s.lines > 0 AND s.customer_key IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS known_orders,
    CAST(SUM(s.gross - s.returns - s.line_discounts - s.order_discount) AS BIGINT) AS sales,
    CAST(SUM(CASE WHEN s.customer_key IS NULL THEN 0 ELSE s.gross - s.returns - s.line_discounts - s.order_discount END)
        AS BIGINT) AS known_sales
FROM order_sales AS s
INNER JOIN orders AS o ON o.order_id = s.order_id AND o.ym = s.ym
WHERE s.business_date < CAST($as_of AS DATE)
GROUP BY o.store_id, o.channel
ORDER BY o.store_id NULLS FIRST, o.channel NULLS FIRST
