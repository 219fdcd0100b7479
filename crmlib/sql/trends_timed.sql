-- Which purchases were made on which day, and at which hour?
-- Grain: one row per order with a gross line, from month $first_month to $month, cancelled ones and dropped_orders left out.
-- Each row is made of rows of one month of order_lines.
-- order_id, business_date
-- hour      0-23 by the shop's clock (null where the source has no time of day)
SELECT l.order_id, l.business_date, l.hour
FROM order_lines AS l
LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
WHERE l.ym >= $first_month AND l.ym <= $month AND l.business_date < CAST($as_of AS DATE)
    AND l.line_type = 'product' AND l.amount > 0 AND COALESCE(l.quantity, 1) > 0
    AND NOT l.cancelled AND d.order_id IS NULL
GROUP BY l.order_id, l.business_date, l.hour
