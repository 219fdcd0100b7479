-- Which of the products that may form sets lay in which basket, from $first_month on?
-- Grain: one row per purchase and product of set_products; baskets of more than $max_basket different products are left out.
-- order_id, customer_key, place (number of the product)
-- set_products: product_id, place
WITH goods_of_orders AS (
    SELECT DISTINCT order_id, customer_key, product_id
    FROM product_lines
    WHERE product_id IS NOT NULL
),
orders_of_goods AS (
    SELECT order_id
    FROM goods_of_orders
    GROUP BY order_id
    HAVING CAST(COUNT(*) AS BIGINT) <= $max_basket
)
SELECT g.order_id, g.customer_key, p.place
FROM goods_of_orders AS g
INNER JOIN set_products AS p ON p.product_id = g.product_id
INNER JOIN orders_of_goods AS o ON o.order_id = g.order_id
