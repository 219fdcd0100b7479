-- On which categories of goods do customers spend most?
-- Grain: one row per category with a gross line of a known customer before $as_of (from $since on).
-- category   products.category_1
-- gross      money of its goods (minor units)
SELECT
    p.category_1 AS category,
    CAST(SUM(l.amount) AS BIGINT) AS gross
FROM order_lines AS l
INNER JOIN products AS p ON p.product_id = l.product_id
WHERE l.customer_key IS NOT NULL AND l.line_type = 'product' AND l.quantity > 0 AND l.amount > 0
    AND NOT COALESCE(l.cancelled, FALSE) AND p.category_1 IS NOT NULL
    AND l.business_date < CAST($as_of AS DATE) AND l.business_date >= CAST($since AS DATE)
GROUP BY p.category_1
ORDER BY gross DESC NULLS LAST, category
