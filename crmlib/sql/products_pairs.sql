-- Which two products lie together in baskets often enough to be spoken of?
-- Grain: one row per two products with at least $least baskets from $first_month to $month.
-- a, b       products, in the order of their ids
-- baskets    baskets with both        latest   of them, in the months from $latest_month on
-- earlier    of them, in the months from $earlier_month to before $latest_month
-- pair_products: product_id, place: the products sold in at least $least baskets
WITH summed_pairs AS (
    SELECT CAST(f.place AS INTEGER) AS first_place, CAST(s.place AS INTEGER) AS second_place,
        CAST(SUM(m.baskets) AS BIGINT) AS baskets
    FROM product_pair_month AS m
    INNER JOIN pair_products AS f ON f.product_id = m.a
    INNER JOIN pair_products AS s ON s.product_id = m.b
    WHERE m.ym >= $first_month AND m.ym <= $month
    GROUP BY CAST(f.place AS INTEGER), CAST(s.place AS INTEGER)
    HAVING CAST(SUM(m.baskets) AS BIGINT) >= $least
),
frequent_pairs AS (
    SELECT f.product_id AS a, s.product_id AS b, p.baskets
    FROM summed_pairs AS p
    INNER JOIN pair_products AS f ON f.place = p.first_place
    INNER JOIN pair_products AS s ON s.place = p.second_place
),
recent_pairs AS (
    SELECT m.a, m.b, CAST(SUM(CASE WHEN m.ym >= $latest_month THEN m.baskets ELSE 0 END) AS BIGINT) AS latest,
        CAST(SUM(CASE WHEN m.ym >= $latest_month THEN 0 ELSE m.baskets END) AS BIGINT) AS earlier
    FROM product_pair_month AS m
    INNER JOIN frequent_pairs AS p ON p.a = m.a AND p.b = m.b
    WHERE m.ym >= $earlier_month AND m.ym >= $first_month AND m.ym <= $month
    GROUP BY m.a, m.b
)
SELECT p.a, p.b, p.baskets, COALESCE(r.latest, 0) AS latest, COALESCE(r.earlier, 0) AS earlier
FROM frequent_pairs AS p
LEFT JOIN recent_pairs AS r ON r.a = p.a AND r.b = p.b
ORDER BY p.baskets DESC, p.a, p.b
