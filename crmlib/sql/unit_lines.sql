-- Which product and return lines belong to whom, where business accounts count as one?
-- Grain: one row per order line of a known customer.
-- customer_key    of the customer, or unit_key of the account
-- business_date, line_type, product_id, quantity, amount, cost, cancelled   as in order_lines
SELECT
    COALESCE(k.unit_key, l.customer_key) AS customer_key,
    l.business_date, l.line_type, l.product_id, l.quantity, l.amount, l.cost, l.cancelled
FROM order_lines AS l
LEFT JOIN unit_keys AS k ON k.customer_key = l.customer_key
WHERE l.customer_key IS NOT NULL
