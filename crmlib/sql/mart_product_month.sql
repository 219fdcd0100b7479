-- What did each product bring in the month $ym? A mart: months add up.
-- Grain: one row per product with anything sold, taken back or marked down; lines without a product under null.
-- ym, product_id
-- sales   gross lines less returns and discount lines, as recorded (minor units); discounts on whole orders are not in it
-- dropped_orders: orders left out with what took them back
SELECT
    $ym AS ym, l.product_id,
    CAST(SUM(CASE
        WHEN l.line_type = 'product' AND COALESCE(l.quantity, 1) > 0 AND l.amount > 0 THEN l.amount
        WHEN l.line_type IN ('product', 'return') AND l.amount < 0 THEN l.amount
        WHEN l.line_type = 'discount' THEN -ABS(l.amount)
        ELSE 0
    END) AS BIGINT) AS sales
FROM order_lines AS l
LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
LEFT JOIN dropped_orders AS r ON r.order_id = l.return_of
WHERE l.ym = $ym AND NOT l.cancelled AND d.order_id IS NULL AND r.order_id IS NULL
GROUP BY l.product_id
ORDER BY l.product_id NULLS FIRST
