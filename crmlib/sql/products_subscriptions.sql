-- How long did each subscription run, did it end and why, and how many of its deliveries are recorded?
-- Grain: one row per subscription begun before $as_of.
-- subscription_id, customer_key, product_id, interval_days, status, cancel_reason
-- days        from its start to its end, or to $as_of where it runs
-- ended       1 where it was cancelled before $as_of
-- delivered   days from the start to the end on which the customer received the product
WITH running AS (
    SELECT subscription_id, customer_key, product_id, interval_days, status, cancel_reason, started_on,
        CASE WHEN cancelled_on < CAST($as_of AS DATE) THEN cancelled_on ELSE NULL END AS ended_on
    FROM subscriptions
    WHERE started_on < CAST($as_of AS DATE)
),
received AS (
    SELECT r.subscription_id, CAST(COUNT(DISTINCT l.business_date) AS BIGINT) AS delivered
    FROM running AS r
    INNER JOIN product_lines AS l ON l.customer_key = r.customer_key AND l.product_id = r.product_id
    WHERE l.business_date >= r.started_on AND (r.ended_on IS NULL OR l.business_date <= r.ended_on)
    GROUP BY r.subscription_id
)
SELECT
    r.subscription_id, r.customer_key, r.product_id, r.interval_days, r.status, r.cancel_reason,
    CAST(DATEDIFF('day', r.started_on, COALESCE(r.ended_on, CAST($as_of AS DATE))) AS BIGINT) AS days,
    CASE WHEN r.ended_on IS NULL THEN 0 ELSE 1 END AS ended, COALESCE(d.delivered, 0) AS delivered
FROM running AS r
LEFT JOIN received AS d ON d.subscription_id = r.subscription_id
ORDER BY r.subscription_id
