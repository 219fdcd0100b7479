-- What has each buyer brought, in all and since $since_year, and for how long have they stayed?
-- Grain: one row per known customer with a purchase before $as_of; all history, whatever window scores look at.
-- customer_key, customer_id (the source's text)
-- recency_days     $as_of - last purchase (days)       span_days   first to last purchase (days)
-- purchase_days    business dates with a purchase
-- monetary         net of all history (minor units)
-- recent_days      purchase days from $since_year      recent_money   net from $since_year (minor units)
WITH lately AS (
    SELECT
        customer_key,
        CAST(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS recent_days,
        CAST(SUM(net) AS BIGINT) AS recent_money
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
        AND business_date >= CAST($since_year AS DATE)
    GROUP BY customer_key
)
SELECT
    b.customer_key, c.customer_id, b.recency_days,
    CAST(DATEDIFF('day', b.first_order_on, b.last_order_on) AS BIGINT) AS span_days,
    b.purchase_days, b.monetary,
    COALESCE(l.recent_days, 0) AS recent_days, COALESCE(l.recent_money, 0) AS recent_money
FROM customer_base AS b
INNER JOIN customers AS c ON c.customer_key = b.customer_key
LEFT JOIN lately AS l ON l.customer_key = b.customer_key
WHERE b.purchase_days > 0
ORDER BY c.customer_id
