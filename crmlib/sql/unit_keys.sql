-- Which people belong to one business account, and are counted as one customer?
-- Grain: one row per customer with an account.
-- customer_key    of the person
-- account_id      the account            unit_key   the smallest customer_key of its people, which stands for the account
SELECT
    customer_key, account_id,
    MIN(customer_key) OVER (PARTITION BY account_id) AS unit_key
FROM customers
WHERE account_id IS NOT NULL
