-- Which products lay in which basket of the month $ym, and how many different ones were in it?
-- Grain: one row per purchase and product of its gross lines, lines without a product left out.
-- order_id
-- product_id
-- products   different products in the basket
-- dropped_orders: fully cancelled orders left out
WITH bought AS (
    SELECT DISTINCT l.order_id, l.product_id
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    WHERE l.ym = $ym AND l.line_type = 'product' AND l.amount > 0 AND COALESCE(l.quantity, 1) > 0 AND NOT l.cancelled
        AND d.order_id IS NULL AND l.product_id IS NOT NULL
),
sized AS (
    SELECT order_id, CAST(COUNT(*) AS BIGINT) AS products
    FROM bought
    GROUP BY order_id
)
SELECT b.order_id, b.product_id, s.products
FROM bought AS b
INNER JOIN sized AS s ON s.order_id = b.order_id
