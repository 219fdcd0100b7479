-- Which products would each customer be offered that they have not bought, by pairs and by popularity?
-- Grain: one row per known customer with a purchase from $first_month on, method and place up to $offers.
-- customer_key
-- method       pairs (what goes with what they bought; filled up with the most popular) or popularity
-- place        1 is offered first
-- product_id
-- by_pairs     1 where it comes from a pair, else 0
-- offer_links: a, b, weight (how strongly b goes with a); offer_popular: product_id, place
WITH linked_goods AS (
    SELECT o.customer_key, k.b AS product_id, CAST(SUM(k.weight) AS BIGINT) AS weight
    FROM product_owned AS o
    INNER JOIN offer_links AS k ON k.a = o.product_id
    GROUP BY o.customer_key, k.b
),
owners AS (
    SELECT DISTINCT customer_key
    FROM product_owned
),
offer_ideas AS (
    SELECT customer_key, 'pairs' AS method, product_id, weight, CAST(0 AS BIGINT) AS popular
    FROM linked_goods
    UNION ALL
    SELECT c.customer_key, m.method, p.product_id, CAST(0 AS BIGINT) AS weight, p.place AS popular
    FROM owners AS c
    CROSS JOIN offer_popular AS p
    CROSS JOIN (SELECT 'pairs' AS method UNION ALL SELECT 'popularity' AS method) AS m
),
strongest_ideas AS (
    SELECT i.customer_key, i.method, i.product_id, MAX(i.weight) AS weight, MAX(i.popular) AS popular
    FROM offer_ideas AS i
    LEFT JOIN product_owned AS o ON o.customer_key = i.customer_key AND o.product_id = i.product_id
    WHERE o.product_id IS NULL
    GROUP BY i.customer_key, i.method, i.product_id
),
placed_ideas AS (
    SELECT customer_key, method, product_id, weight,
        ROW_NUMBER() OVER (PARTITION BY customer_key, method
            ORDER BY weight DESC NULLS LAST, popular NULLS LAST, product_id NULLS LAST) AS place
    FROM strongest_ideas
)
SELECT customer_key, method, place, product_id, CASE WHEN weight > 0 THEN 1 ELSE 0 END AS by_pairs
FROM placed_ideas
WHERE place <= $offers
