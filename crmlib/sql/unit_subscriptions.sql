-- Whose are the subscriptions, where business accounts count as one?
-- Grain: one row per subscription.
-- customer_key    of the customer, or unit_key of the account
-- interval_days, started_on, cancelled_on, status   as in subscriptions
SELECT
    COALESCE(k.unit_key, s.customer_key) AS customer_key,
    s.interval_days, s.started_on, s.cancelled_on, s.status
FROM subscriptions AS s
LEFT JOIN unit_keys AS k ON k.customer_key = s.customer_key
