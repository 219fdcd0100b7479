-- How often does each customer buy in the hours of lunch?
-- Grain: one row per customer_key with a purchase of known hour from $since_year on.
-- orders   purchases of known hour            lunch   of these, from $lunch_from to before $lunch_to o'clock
WITH timed AS (
    SELECT l.order_id, l.customer_key, MIN(l.hour) AS hour
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    WHERE l.business_date >= CAST($since_year AS DATE) AND l.business_date < CAST($as_of AS DATE)
        AND l.customer_key IS NOT NULL AND l.hour IS NOT NULL AND l.line_type = 'product' AND l.amount > 0
        AND COALESCE(l.quantity, 1) > 0 AND NOT l.cancelled AND d.order_id IS NULL
    GROUP BY l.order_id, l.customer_key
)
SELECT
    customer_key, CAST(COUNT(*) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN hour >= $lunch_from AND hour < $lunch_to THEN 1 ELSE 0 END) AS BIGINT) AS lunch
FROM timed
GROUP BY customer_key
ORDER BY customer_key
