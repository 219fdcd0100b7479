-- What did each order bring in one month, in the money its file records?
-- Grain: one row per order of the month $ym that is not cancelled at its source.
-- order_id, customer_key (null for guests), business_date, ym, dow (1 = Monday)
-- lines, quantity, gross, returns, line_discounts, order_discount   as in order_sales, tax as recorded
-- $points: payment | discount; dropped_orders: fully cancelled orders left out
WITH valued AS (
    SELECT
        l.order_id, l.customer_key, l.business_date, l.ym, l.line_type,
        COALESCE(l.quantity, 1) AS quantity, l.amount
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    LEFT JOIN dropped_orders AS r ON r.order_id = l.return_of
    WHERE l.ym = $ym AND NOT l.cancelled AND d.order_id IS NULL AND r.order_id IS NULL
),
summed AS (
    SELECT
        order_id, customer_key, business_date, ym,
        CAST(SUM(CASE WHEN line_type = 'product' AND quantity > 0 AND amount > 0 THEN 1 ELSE 0 END) AS BIGINT) AS lines,
        CAST(SUM(CASE WHEN line_type = 'product' AND quantity > 0 AND amount > 0 THEN quantity ELSE 0 END) AS BIGINT)
            AS quantity,
        CAST(SUM(CASE WHEN line_type = 'product' AND quantity > 0 AND amount > 0 THEN amount ELSE 0 END) AS BIGINT)
            AS gross,
        CAST(SUM(CASE WHEN line_type IN ('product', 'return') AND amount < 0 THEN -amount ELSE 0 END) AS BIGINT)
            AS returns,
        CAST(SUM(CASE WHEN line_type = 'discount' THEN ABS(amount) ELSE 0 END) AS BIGINT) AS line_discounts
    FROM valued
    GROUP BY order_id, customer_key, business_date, ym
)
SELECT
    s.order_id, s.customer_key, s.business_date, s.ym, o.dow, s.lines, s.quantity, s.gross, s.returns, s.line_discounts,
    CASE WHEN s.line_discounts = ABS(COALESCE(o.discount, 0)) THEN 0 ELSE ABS(COALESCE(o.discount, 0)) END
        + CASE WHEN $points = 'discount' THEN ABS(COALESCE(o.points_used, 0)) ELSE 0 END AS order_discount
FROM summed AS s
INNER JOIN orders AS o ON o.order_id = s.order_id AND o.ym = s.ym
