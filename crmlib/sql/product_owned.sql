-- Which products did each customer buy from $first_month on, as known on the morning of $as_of?
-- Grain: one row per known customer and product.
-- customer_key
-- product_id
SELECT DISTINCT customer_key, product_id
FROM product_lines
WHERE customer_key IS NOT NULL AND product_id IS NOT NULL
