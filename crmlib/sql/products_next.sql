-- When did the customers who are asked about buy the product again?
-- Grain: one row per row of due_list with a purchase of the product from $until to before $as_of.
-- customer_key, product_id
-- next_on   the first such day
-- due_list: customer_key, product_id
SELECT l.customer_key, l.product_id, MIN(l.business_date) AS next_on
FROM product_lines AS l
INNER JOIN due_list AS d ON d.customer_key = l.customer_key AND d.product_id = l.product_id
WHERE l.business_date >= CAST($until AS DATE)
GROUP BY l.customer_key, l.product_id
ORDER BY l.customer_key, l.product_id
