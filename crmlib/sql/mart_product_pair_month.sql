-- Which two products lay together in how many baskets of the month $ym? A mart: months add up.
-- Grain: one row per two products that were ever together in a basket of the month, a before b.
-- ym
-- a, b      products, in the order of their ids
-- baskets   baskets with both; those with more than $max_basket different products are left out
WITH numbered AS (
    SELECT product_id, ROW_NUMBER() OVER (ORDER BY product_id NULLS FIRST) AS place
    FROM (SELECT DISTINCT product_id FROM product_baskets) AS known
),
counted AS (
    SELECT order_id, ROW_NUMBER() OVER (ORDER BY order_id NULLS FIRST) AS basket
    FROM (SELECT DISTINCT order_id FROM product_baskets WHERE products > 1 AND products <= $max_basket) AS several
),
placed AS (
    SELECT c.basket, n.place
    FROM product_baskets AS p
    INNER JOIN numbered AS n ON n.product_id = p.product_id
    INNER JOIN counted AS c ON c.order_id = p.order_id
),
pairs AS (
    SELECT one.place AS first_place, other.place AS second_place, CAST(COUNT(*) AS BIGINT) AS baskets
    FROM placed AS one
    INNER JOIN placed AS other ON other.basket = one.basket AND other.place > one.place
    GROUP BY one.place, other.place
)
SELECT $ym AS ym, f.product_id AS a, s.product_id AS b, p.baskets
FROM pairs AS p
INNER JOIN numbered AS f ON f.place = p.first_place
INNER JOIN numbered AS s ON s.place = p.second_place
ORDER BY p.first_place, p.second_place
