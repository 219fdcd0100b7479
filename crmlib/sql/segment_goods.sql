-- What does each cluster buy?
-- Grain: one row per cluster (table segment_labels) and category with a gross line before $as_of, from $since_year on.
-- cluster, category (products.category_1, or category_2 where $level = 2)
-- customers   who bought of it          gross   money of its goods (minor units)
WITH named AS (
    SELECT
        s.cluster, l.customer_key, l.amount,
        CASE WHEN $level = 2 THEN p.category_2 ELSE p.category_1 END AS category
    FROM order_lines AS l
    INNER JOIN segment_labels AS s ON s.customer_key = l.customer_key
    INNER JOIN products AS p ON p.product_id = l.product_id
    WHERE l.line_type = 'product' AND l.quantity > 0 AND l.amount > 0 AND NOT COALESCE(l.cancelled, FALSE)
        AND l.business_date < CAST($as_of AS DATE) AND l.business_date >= CAST($since_year AS DATE)
)
SELECT
    cluster, category,
    CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers,
    CAST(SUM(amount) AS BIGINT) AS gross
FROM named
WHERE category IS NOT NULL
GROUP BY cluster, category
ORDER BY cluster, category
