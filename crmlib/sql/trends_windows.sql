-- In which weekday and part of the day do the customers of each segment buy?
-- Grain: one row per segment, weekday and part of the day with a purchase, from $first_month to $month.
-- rfm_segment   as of today; 'all' is every known customer
-- dow           1 = Monday             part   part of the day (of the table hour_parts)
-- customers     known customers with a purchase in this window
-- orders        their purchases in it
-- buyers        known customers of the segment with a timed purchase in these months (the same in each of its rows)
WITH bought AS (
    SELECT l.order_id, l.customer_key, l.business_date, l.hour
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    WHERE l.ym >= $first_month AND l.ym <= $month AND l.business_date < CAST($as_of AS DATE)
        AND l.customer_key IS NOT NULL AND l.hour IS NOT NULL
        AND l.line_type = 'product' AND l.amount > 0 AND COALESCE(l.quantity, 1) > 0
        AND NOT l.cancelled AND d.order_id IS NULL
    GROUP BY l.order_id, l.customer_key, l.business_date, l.hour
),
placed AS (
    SELECT
        b.customer_key, CAST(DATEDIFF('day', DATE '1900-01-01', b.business_date) % 7 + 1 AS BIGINT) AS dow, h.part,
        CAST(COUNT(*) AS BIGINT) AS orders
    FROM bought AS b
    INNER JOIN hour_parts AS h ON h.hour = b.hour
    GROUP BY b.customer_key, DATEDIFF('day', DATE '1900-01-01', b.business_date) % 7 + 1, h.part
),
grouped AS (
    SELECT p.customer_key, p.dow, p.part, p.orders, s.rfm_segment
    FROM placed AS p
    INNER JOIN customer_segment AS s ON s.customer_key = p.customer_key
    UNION ALL
    SELECT customer_key, dow, part, orders, 'all' AS rfm_segment
    FROM placed
),
sizes AS (
    SELECT rfm_segment, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS buyers
    FROM grouped
    GROUP BY rfm_segment
)
SELECT
    g.rfm_segment, g.dow, g.part, CAST(COUNT(*) AS BIGINT) AS customers, CAST(SUM(g.orders) AS BIGINT) AS orders,
    b.buyers
FROM grouped AS g
INNER JOIN sizes AS b ON b.rfm_segment = g.rfm_segment
GROUP BY g.rfm_segment, g.dow, g.part, b.buyers
ORDER BY g.rfm_segment, g.dow, g.part
