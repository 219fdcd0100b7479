-- What did each category sell in each month up to $month?
-- Grain: one row per month and category with anything sold, taken back or marked down; lines without a category under null.
-- ym, category (category_1 of the product)
-- sales   gross lines less returns and discount lines, as recorded (minor units); discounts on whole orders are not in it
SELECT m.ym, p.category_1 AS category, CAST(SUM(m.sales) AS BIGINT) AS sales
FROM product_month AS m
LEFT JOIN products AS p ON p.product_id = m.product_id
WHERE m.ym <= $month
GROUP BY m.ym, p.category_1
ORDER BY m.ym, p.category_1 NULLS FIRST
