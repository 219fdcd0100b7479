-- Under which conditions was each purchase made, from $first_month on?
-- Grain: one row per purchase.
-- order_id, customer_key
-- gross      money of its gross lines (minor units)
-- quantity   pieces
-- shipping   what shipping cost (minor units; 0 where it was free, null where nothing is recorded)
-- coupon, payment   as recorded, null where nothing is
WITH order_goods AS (
    SELECT order_id, customer_key, CAST(SUM(amount) AS BIGINT) AS gross, CAST(SUM(quantity) AS BIGINT) AS quantity
    FROM product_lines
    GROUP BY order_id, customer_key
),
shipping_lines AS (
    SELECT order_id, CAST(SUM(amount) AS BIGINT) AS amount
    FROM order_lines
    WHERE ym >= $first_month AND line_type = 'shipping'
    GROUP BY order_id
)
SELECT g.order_id, g.customer_key, g.gross, g.quantity, COALESCE(o.shipping, s.amount) AS shipping, o.coupon, o.payment
FROM order_goods AS g
INNER JOIN orders AS o ON o.order_id = g.order_id
LEFT JOIN shipping_lines AS s ON s.order_id = g.order_id
