-- How many pieces of each product were sold in the month $ym, and for how much?
-- Grain: one row per product of the gross lines of the month; lines without a product under null.
-- product_id, category (its category_1, null where none is known)
-- quantity   pieces (a line without a quantity is one piece)
-- gross      money of the gross lines, as recorded (minor units)
WITH sold AS (
    SELECT l.product_id, COALESCE(l.quantity, 1) AS quantity, l.amount
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    WHERE l.ym = $ym AND l.business_date < CAST($as_of AS DATE) AND l.line_type = 'product' AND l.amount > 0
        AND COALESCE(l.quantity, 1) > 0 AND NOT l.cancelled AND d.order_id IS NULL
),
summed AS (
    SELECT product_id, CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(amount) AS BIGINT) AS gross
    FROM sold
    GROUP BY product_id
)
SELECT s.product_id, p.category_1 AS category, s.quantity, s.gross
FROM summed AS s
LEFT JOIN products AS p ON p.product_id = s.product_id
ORDER BY s.product_id NULLS FIRST
