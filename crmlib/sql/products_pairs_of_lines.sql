-- Which two products lie together in baskets often enough to be spoken of? As products_pairs, straight from the lines.
-- Grain: one row per two products with at least $least baskets from $first_month to $month.
-- a, b       products, in the order of their ids
-- baskets    baskets with both        latest   of them, in the months from $latest_month on
-- earlier    of them, in the months from $earlier_month to before $latest_month
-- pair_products: product_id, place: the products sold in at least $least baskets
WITH goods_in_baskets AS (
    SELECT DISTINCT order_id, ym, product_id
    FROM product_lines
    WHERE product_id IS NOT NULL AND ym <= $month
),
baskets_in_size AS (
    SELECT order_id, ROW_NUMBER() OVER (ORDER BY order_id NULLS LAST) AS basket
    FROM goods_in_baskets
    GROUP BY order_id
    HAVING CAST(COUNT(*) AS BIGINT) > 1 AND CAST(COUNT(*) AS BIGINT) <= $max_basket
),
placed_in_baskets AS (
    SELECT s.basket, p.place, CASE WHEN g.ym >= $latest_month THEN 1 ELSE NULL END AS latest,
        CASE WHEN g.ym >= $earlier_month AND g.ym < $latest_month THEN 1 ELSE NULL END AS earlier
    FROM goods_in_baskets AS g
    INNER JOIN pair_products AS p ON p.product_id = g.product_id
    INNER JOIN baskets_in_size AS s ON s.order_id = g.order_id
),
met_in_baskets AS (
    SELECT one.place AS first_place, other.place AS second_place, CAST(COUNT(*) AS BIGINT) AS baskets,
        CAST(COUNT(one.latest) AS BIGINT) AS latest, CAST(COUNT(one.earlier) AS BIGINT) AS earlier
    FROM placed_in_baskets AS one
    INNER JOIN placed_in_baskets AS other ON other.basket = one.basket AND other.place > one.place
    GROUP BY one.place, other.place
    HAVING CAST(COUNT(*) AS BIGINT) >= $least
)
SELECT f.product_id AS a, s.product_id AS b, p.baskets, p.latest, p.earlier
FROM met_in_baskets AS p
INNER JOIN pair_products AS f ON f.place = p.first_place
INNER JOIN pair_products AS s ON s.place = p.second_place
ORDER BY p.baskets DESC, a, b
