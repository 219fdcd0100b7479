-- On which category, taste and brand did each customer spend, from $first_month on?
-- Grain: one row per customer (guests together), dimension and level; what a product list does not say is an empty level.
-- customer_key
-- dimension   category, taste or brand
-- level
-- days        purchase days with it            quantity   pieces
-- gross       money of the lines (minor units)
WITH kind_lines AS (
    SELECT l.customer_key, l.business_date, l.quantity, l.amount, COALESCE(n.category, '') AS category,
        COALESCE(n.taste, '') AS taste, COALESCE(n.brand, '') AS brand
    FROM product_lines AS l
    LEFT JOIN products_names AS n ON n.product_id = l.product_id
),
kind_levels AS (
    SELECT customer_key, business_date, quantity, amount, 'category' AS dimension, category AS level FROM kind_lines
    UNION ALL
    SELECT customer_key, business_date, quantity, amount, 'taste' AS dimension, taste AS level FROM kind_lines
    UNION ALL
    SELECT customer_key, business_date, quantity, amount, 'brand' AS dimension, brand AS level FROM kind_lines
)
SELECT
    customer_key, dimension, level, CAST(COUNT(DISTINCT business_date) AS BIGINT) AS days,
    CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(amount) AS BIGINT) AS gross
FROM kind_levels
GROUP BY customer_key, dimension, level
