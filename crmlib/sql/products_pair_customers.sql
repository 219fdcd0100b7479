-- How many customers bought both products of a pair in one basket, from $first_month on?
-- Grain: one row per pair of pair_list bought together by a known customer.
-- a, b        products
-- customers   known customers with both in one basket of at most $max_basket different products
-- pair_list: a, b; pair_products: product_id, place
WITH bought_together AS (
    SELECT DISTINCT l.order_id, l.customer_key, l.product_id
    FROM product_lines AS l
    WHERE l.customer_key IS NOT NULL AND l.product_id IS NOT NULL
),
basket_width AS (
    SELECT order_id, ROW_NUMBER() OVER (ORDER BY order_id NULLS LAST) AS basket
    FROM bought_together
    GROUP BY order_id
    HAVING CAST(COUNT(*) AS BIGINT) > 1 AND CAST(COUNT(*) AS BIGINT) <= $max_basket
),
person_places AS (
    SELECT customer_key, ROW_NUMBER() OVER (ORDER BY customer_key NULLS LAST) AS person
    FROM bought_together
    GROUP BY customer_key
),
placed_goods AS (
    SELECT w.basket, h.person, p.place
    FROM bought_together AS t
    INNER JOIN pair_products AS p ON p.product_id = t.product_id
    INNER JOIN basket_width AS w ON w.order_id = t.order_id
    INNER JOIN person_places AS h ON h.customer_key = t.customer_key
),
pair_places AS (
    SELECT f.place AS first_place, s.place AS second_place, l.a, l.b
    FROM pair_list AS l
    INNER JOIN pair_products AS f ON f.product_id = l.a
    INNER JOIN pair_products AS s ON s.product_id = l.b
)
SELECT q.a, q.b, CAST(COUNT(DISTINCT one.person) AS BIGINT) AS customers
FROM placed_goods AS one
INNER JOIN placed_goods AS other ON other.basket = one.basket AND other.place > one.place
INNER JOIN pair_places AS q ON q.first_place = one.place AND q.second_place = other.place
GROUP BY q.a, q.b
ORDER BY q.a, q.b
