-- Which of the products that may form sets lay in which basket, from $first_month on?
-- Grain: one row per purchase and product of set_products.
-- order_id, customer_key, place (number of the product)
-- set_products: product_id, place
SELECT DISTINCT l.order_id, l.customer_key, p.place
FROM product_lines AS l
INNER JOIN set_products AS p ON p.product_id = l.product_id
