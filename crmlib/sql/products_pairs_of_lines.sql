-- Which two products lie together in baskets often enough to be spoken of? As products_pairs, straight from the lines.
-- Grain: one row per two products with at least $least baskets from $first_month to $month.
-- a, b       products, in the order of their ids
-- baskets    baskets with both        latest   of them, in the months from $latest_month on
-- earlier    of them, in the months from $earlier_month to before $latest_month
-- pair_products: product_id, place: the products sold in at least $least baskets, in the order of their ids, from 0 on and
-- below $products: two places are one number, which is grouped faster than two
WITH placed_goods AS (
    SELECT DISTINCT l.order_id, CAST(p.place AS INTEGER) AS place,
        CASE WHEN l.ym >= $latest_month THEN 1 ELSE NULL END AS latest,
        CASE WHEN l.ym >= $earlier_month AND l.ym < $latest_month THEN 1 ELSE NULL END AS earlier
    FROM product_lines AS l
    INNER JOIN pair_products AS p ON p.product_id = l.product_id
    WHERE l.ym <= $month
),
baskets_in_size AS (
    SELECT order_id, CAST(ROW_NUMBER() OVER (ORDER BY order_id NULLS LAST) AS INTEGER) AS basket
    FROM placed_goods
    GROUP BY order_id
    HAVING CAST(COUNT(*) AS BIGINT) > 1
),
placed_in_baskets AS (
    SELECT s.basket, g.place, g.latest, g.earlier
    FROM placed_goods AS g
    INNER JOIN baskets_in_size AS s ON s.order_id = g.order_id
),
met_in_baskets AS (
    SELECT CAST(one.place AS BIGINT) * $products + other.place AS meeting, CAST(COUNT(*) AS BIGINT) AS baskets,
        CAST(COUNT(one.latest) AS BIGINT) AS latest, CAST(COUNT(one.earlier) AS BIGINT) AS earlier
    FROM placed_in_baskets AS one
    INNER JOIN placed_in_baskets AS other ON other.basket = one.basket AND other.place > one.place
    GROUP BY CAST(one.place AS BIGINT) * $products + other.place
    HAVING CAST(COUNT(*) AS BIGINT) >= $least
)
SELECT f.product_id AS a, s.product_id AS b, p.baskets, p.latest, p.earlier
FROM met_in_baskets AS p
INNER JOIN pair_products AS f ON f.place * $products = p.meeting - p.meeting % $products
INNER JOIN pair_products AS s ON s.place = p.meeting % $products
ORDER BY p.baskets DESC, a, b
