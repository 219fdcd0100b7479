-- Which known customers does each account stand for, where business accounts count as one?
-- Grain: one row per known customer.
-- customer_key, customer_id   of the person
-- account_id                  of the person (null without one)
-- unit_key                    the customer_key under which they are counted: their own without an account
SELECT
    s.customer_key, s.customer_id, k.account_id,
    COALESCE(k.unit_key, s.customer_key) AS unit_key
FROM customer_segment AS s
LEFT JOIN unit_keys AS k ON k.customer_key = s.customer_key
ORDER BY s.customer_id
