-- What did each product sell in each month from $first_month on?
-- Grain: one row per product and month; lines without a product under null.
-- product_id, ym
-- orders     purchases with the product
-- quantity   pieces
-- gross      money of its gross lines, as recorded (minor units)
SELECT
    product_id, ym, CAST(COUNT(DISTINCT order_id) AS BIGINT) AS orders, CAST(SUM(quantity) AS BIGINT) AS quantity,
    CAST(SUM(amount) AS BIGINT) AS gross
FROM product_lines
GROUP BY product_id, ym
ORDER BY product_id NULLS FIRST, ym
