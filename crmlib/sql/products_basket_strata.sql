-- How many baskets of which size were there, month by month from $first_month to $month?
-- Grain: one row per month and class of size.
-- ym
-- class      number of the class of size
-- baskets
-- products   products in these baskets       square   sum of the squares of their sizes
-- shared     sum of the squares of each product's baskets
-- size_classes: products, class
WITH sized_baskets AS (
    SELECT m.product_id, m.ym, c.class, CAST(SUM(m.baskets) AS BIGINT) AS baskets,
        CAST(SUM(m.baskets * m.products) AS BIGINT) AS products,
        CAST(SUM(m.baskets * m.products * m.products) AS BIGINT) AS square
    FROM product_size_month AS m
    INNER JOIN size_classes AS c ON c.products = m.products
    WHERE m.ym >= $first_month AND m.ym <= $month
    GROUP BY m.product_id, m.ym, c.class
)
SELECT
    ym, class,
    CAST(SUM(CASE WHEN product_id IS NULL THEN baskets ELSE 0 END) AS BIGINT) AS baskets,
    CAST(SUM(CASE WHEN product_id IS NULL THEN products ELSE 0 END) AS BIGINT) AS products,
    CAST(SUM(CASE WHEN product_id IS NULL THEN square ELSE 0 END) AS BIGINT) AS square,
    CAST(SUM(CASE WHEN product_id IS NULL THEN 0 ELSE baskets * baskets END) AS BIGINT) AS shared
FROM sized_baskets
GROUP BY ym, class
ORDER BY ym, class
