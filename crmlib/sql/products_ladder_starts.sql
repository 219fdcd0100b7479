-- How many customers bought each product of a ladder, so that they could have moved up?
-- Grain: one row per product of ladder_products, from $first_month on.
-- product_id
-- customers   known customers who bought it before $until
SELECT l.product_id, CAST(COUNT(DISTINCT l.customer_key) AS BIGINT) AS customers
FROM product_lines AS l
INNER JOIN ladder_products AS p ON p.product_id = l.product_id
WHERE l.business_date < CAST($until AS DATE)
GROUP BY l.product_id
ORDER BY l.product_id
