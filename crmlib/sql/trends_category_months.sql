-- What did each category sell in each month?
-- Grain: one row per month and category with anything sold, taken back or marked down; lines without a category under null.
-- ym, category (category_1 of the product)
-- sales   gross lines less returns and discount lines, as recorded (minor units); discounts on whole orders are not in it
-- $any_dropped   1 where dropped_orders has rows; with 0 the orders' ids, long texts, need not be read
WITH booked AS (
    SELECT
        l.ym, l.product_id,
        CASE
            WHEN l.line_type = 'product' AND COALESCE(l.quantity, 1) > 0 AND l.amount > 0 THEN l.amount
            WHEN l.line_type IN ('product', 'return') AND l.amount < 0 THEN l.amount
            WHEN l.line_type = 'discount' THEN -ABS(l.amount)
            ELSE 0
        END AS net
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON $any_dropped = 1 AND d.order_id = l.order_id
    LEFT JOIN dropped_orders AS r ON $any_dropped = 1 AND r.order_id = l.return_of
    WHERE l.business_date < CAST($as_of AS DATE) AND NOT l.cancelled AND d.order_id IS NULL AND r.order_id IS NULL
),
summed AS (
    SELECT ym, product_id, CAST(SUM(net) AS BIGINT) AS net
    FROM booked
    GROUP BY ym, product_id
)
SELECT s.ym, p.category_1 AS category, CAST(SUM(s.net) AS BIGINT) AS sales
FROM summed AS s
LEFT JOIN products AS p ON p.product_id = s.product_id
GROUP BY s.ym, p.category_1
ORDER BY s.ym, p.category_1 NULLS FIRST
