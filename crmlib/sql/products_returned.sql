-- What of each product came back from the month $first_month on?
-- Grain: one row per product with a negative line before $as_of; lines without a product under null.
-- product_id
-- returns    negative lines            pieces   pieces on them
-- returned   their money, positive (minor units)
SELECT
    l.product_id, CAST(COUNT(*) AS BIGINT) AS returns, CAST(SUM(ABS(COALESCE(l.quantity, 1))) AS BIGINT) AS pieces,
    CAST(SUM(-l.amount) AS BIGINT) AS returned
FROM order_lines AS l
LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
LEFT JOIN dropped_orders AS r ON r.order_id = l.return_of
WHERE l.ym >= $first_month AND l.business_date < CAST($as_of AS DATE) AND l.line_type IN ('product', 'return')
    AND l.amount < 0 AND NOT l.cancelled AND d.order_id IS NULL AND r.order_id IS NULL
GROUP BY l.product_id
ORDER BY l.product_id NULLS FIRST
