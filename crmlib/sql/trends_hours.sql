-- At which hour of which day were the purchases of the latest months made?
-- Grain: one row per business date and hour with a purchase, from month $first_month to $month.
-- business_date
-- hour      0-23 by the shop's clock (null where the source has no time of day)
-- orders    purchases: orders with at least one gross line, cancelled ones and dropped_orders left out
WITH bought AS (
    SELECT l.order_id, l.business_date, l.hour
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    WHERE l.ym >= $first_month AND l.ym <= $month AND l.business_date < CAST($as_of AS DATE)
        AND l.line_type = 'product' AND l.amount > 0 AND COALESCE(l.quantity, 1) > 0
        AND NOT l.cancelled AND d.order_id IS NULL
    GROUP BY l.order_id, l.business_date, l.hour
)
SELECT business_date, hour, CAST(COUNT(*) AS BIGINT) AS orders
FROM bought
GROUP BY business_date, hour
ORDER BY business_date, hour NULLS LAST
