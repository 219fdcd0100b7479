-- Which goods were sold, line by line, from the month $first_month on, as known on the morning of $as_of?
-- Grain: one row per gross line.
-- order_id, customer_key (null for guests), business_date, ym, product_id (null where the line names none)
-- quantity   pieces (a line without a quantity is one piece)
-- amount     money as recorded (minor units)
-- dropped_orders: fully cancelled orders left out
SELECT
    l.order_id, l.customer_key, l.business_date, l.ym, l.product_id, COALESCE(l.quantity, 1) AS quantity, l.amount
FROM order_lines AS l
LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
WHERE l.ym >= $first_month AND l.business_date < CAST($as_of AS DATE) AND l.line_type = 'product' AND l.amount > 0
    AND COALESCE(l.quantity, 1) > 0 AND NOT l.cancelled AND d.order_id IS NULL
