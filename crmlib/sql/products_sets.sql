-- Which sets of three or four products lie together in baskets? Every two of them are a pair of set_pairs.
-- Grain: one row per set with at least $least baskets; the fourth place is 0 in a set of three.
-- one, two, three, four   places of the products, ascending
-- baskets     baskets with all of them        customers   known customers with such a basket
-- set_pairs: one, two (places)
WITH three_goods AS (
    SELECT a.order_id, a.customer_key, a.place AS one, b.place AS two, c.place AS three
    FROM product_set_goods AS a
    INNER JOIN product_set_goods AS b ON b.order_id = a.order_id AND b.place > a.place
    INNER JOIN product_set_goods AS c ON c.order_id = a.order_id AND c.place > b.place
    INNER JOIN set_pairs AS p ON p.one = a.place AND p.two = b.place
    INNER JOIN set_pairs AS q ON q.one = a.place AND q.two = c.place
    INNER JOIN set_pairs AS r ON r.one = b.place AND r.two = c.place
),
frequent_threes AS (
    SELECT one, two, three, CAST(COUNT(*) AS BIGINT) AS baskets, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers
    FROM three_goods
    GROUP BY one, two, three
    HAVING CAST(COUNT(*) AS BIGINT) >= $least
),
four_goods AS (
    SELECT t.order_id, t.customer_key, t.one, t.two, t.three, d.place AS four
    FROM three_goods AS t
    INNER JOIN frequent_threes AS f ON f.one = t.one AND f.two = t.two AND f.three = t.three
    INNER JOIN product_set_goods AS d ON d.order_id = t.order_id AND d.place > t.three
    INNER JOIN set_pairs AS x ON x.one = t.one AND x.two = d.place
    INNER JOIN set_pairs AS y ON y.one = t.two AND y.two = d.place
    INNER JOIN set_pairs AS z ON z.one = t.three AND z.two = d.place
)
SELECT one, two, three, CAST(0 AS BIGINT) AS four, baskets, customers
FROM frequent_threes
UNION ALL
SELECT one, two, three, four, CAST(COUNT(*) AS BIGINT) AS baskets, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers
FROM four_goods
GROUP BY one, two, three, four
HAVING CAST(COUNT(*) AS BIGINT) >= $least
ORDER BY one, two, three, four
