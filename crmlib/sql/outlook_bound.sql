-- Which customers have a subscription running on the morning of $until?
-- Grain: one row per customer with one.
-- customer_key
SELECT customer_key
FROM subscriptions
WHERE started_on < CAST($until AS DATE) AND COALESCE(status, 'active') <> 'paused'
    AND (cancelled_on >= CAST($until AS DATE)
        OR (cancelled_on IS NULL AND COALESCE(status, 'active') <> 'cancelled'))
GROUP BY customer_key
ORDER BY customer_key
