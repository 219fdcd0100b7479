-- In how many baskets of which size was each product, month by month from $first_month to $month?
-- Grain: one row per product, month and class of size; all baskets under a null product.
-- product_id, ym
-- class      number of the class of size
-- baskets    baskets of the class with the product
-- products   products in these baskets       square   sum of the squares of their sizes
-- size_classes: products, class
SELECT
    m.product_id, m.ym, c.class, CAST(SUM(m.baskets) AS BIGINT) AS baskets,
    CAST(SUM(m.baskets * m.products) AS BIGINT) AS products,
    CAST(SUM(m.baskets * m.products * m.products) AS BIGINT) AS square
FROM product_size_month AS m
INNER JOIN size_classes AS c ON c.products = m.products
WHERE m.ym >= $first_month AND m.ym <= $month
GROUP BY m.product_id, m.ym, c.class
ORDER BY m.product_id NULLS FIRST, m.ym, c.class
