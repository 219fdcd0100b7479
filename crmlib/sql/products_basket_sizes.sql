-- In how many baskets of which size was each product, month by month from $first_month to $month?
-- Grain: one row per product of at least $least baskets in these months, month and class of size.
-- product_id, ym
-- class      number of the class of size
-- baskets    baskets of the class with the product
-- size_classes: products, class
WITH frequent_goods AS (
    SELECT product_id
    FROM product_size_month
    WHERE ym >= $first_month AND ym <= $month AND product_id IS NOT NULL
    GROUP BY product_id
    HAVING CAST(SUM(baskets) AS BIGINT) >= $least
)
SELECT m.product_id, m.ym, c.class, CAST(SUM(m.baskets) AS BIGINT) AS baskets
FROM product_size_month AS m
INNER JOIN frequent_goods AS f ON f.product_id = m.product_id
INNER JOIN size_classes AS c ON c.products = m.products
WHERE m.ym >= $first_month AND m.ym <= $month
GROUP BY m.product_id, m.ym, c.class
ORDER BY m.product_id, m.ym, c.class
