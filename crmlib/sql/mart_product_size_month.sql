-- In how many baskets of which size did each product lie in the month $ym? A mart: months add up.
-- Grain: one row per product and number of different products in the basket, up to $max_basket; all baskets of a size, of
-- larger ones too, under a null product.
-- ym
-- product_id
-- products   different products in the basket
-- baskets
SELECT $ym AS ym, product_id, products, CAST(COUNT(*) AS BIGINT) AS baskets
FROM product_baskets
WHERE products <= $max_basket
GROUP BY product_id, products
UNION ALL
SELECT $ym AS ym, CAST(NULL AS VARCHAR) AS product_id, products, CAST(COUNT(DISTINCT order_id) AS BIGINT) AS baskets
FROM product_baskets
GROUP BY products
ORDER BY product_id NULLS FIRST, products
