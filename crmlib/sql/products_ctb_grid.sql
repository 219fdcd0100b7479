-- Which category, taste and brand are bought together in one product?
-- Grain: one row per category, taste and brand of goods sold from $first_month on; empty where the product list says nothing.
-- category, taste, brand
-- customers   known customers
-- quantity    pieces            gross   money of the lines (minor units)
SELECT
    COALESCE(n.category, '') AS category, COALESCE(n.taste, '') AS taste, COALESCE(n.brand, '') AS brand,
    CAST(COUNT(DISTINCT l.customer_key) AS BIGINT) AS customers, CAST(SUM(l.quantity) AS BIGINT) AS quantity,
    CAST(SUM(l.amount) AS BIGINT) AS gross
FROM product_lines AS l
LEFT JOIN products_names AS n ON n.product_id = l.product_id
GROUP BY COALESCE(n.category, ''), COALESCE(n.taste, ''), COALESCE(n.brand, '')
ORDER BY category, taste, brand
