-- On which goods does each customer spend?
-- Grain: one row per customer with a gross line of a product that has a category before $as_of (from $since on).
-- customer_key
-- category_1, category_2, category_3, category_4   money of goods of the categories $category_1 to $category_4 (minor units)
-- category_money   money of all goods with a category (minor units)
SELECT
    l.customer_key,
    CAST(SUM(CASE WHEN p.category_1 = $category_1 THEN l.amount ELSE 0 END) AS BIGINT) AS category_1,
    CAST(SUM(CASE WHEN p.category_1 = $category_2 THEN l.amount ELSE 0 END) AS BIGINT) AS category_2,
    CAST(SUM(CASE WHEN p.category_1 = $category_3 THEN l.amount ELSE 0 END) AS BIGINT) AS category_3,
    CAST(SUM(CASE WHEN p.category_1 = $category_4 THEN l.amount ELSE 0 END) AS BIGINT) AS category_4,
    CAST(SUM(l.amount) AS BIGINT) AS category_money
FROM order_lines AS l
INNER JOIN products AS p ON p.product_id = l.product_id
WHERE l.customer_key IS NOT NULL AND l.line_type = 'product' AND l.quantity > 0 AND l.amount > 0
    AND NOT COALESCE(l.cancelled, FALSE) AND p.category_1 IS NOT NULL
    AND l.business_date < CAST($as_of AS DATE) AND l.business_date >= CAST($since AS DATE)
GROUP BY l.customer_key
