-- How does the shop call its products, and of which category, taste and brand are they?
-- Grain: one row per product of the list.
-- product_id, name
-- category, taste, brand   what stands in the columns $category_column, $taste_column and $brand_column
SELECT
    product_id, name,
    CASE $category_column WHEN 'category_1' THEN category_1 WHEN 'category_2' THEN category_2 WHEN 'category_3' THEN category_3
        WHEN 'taste' THEN taste WHEN 'brand' THEN brand ELSE name END AS category,
    CASE $taste_column WHEN 'category_1' THEN category_1 WHEN 'category_2' THEN category_2 WHEN 'category_3' THEN category_3
        WHEN 'taste' THEN taste WHEN 'brand' THEN brand ELSE name END AS taste,
    CASE $brand_column WHEN 'category_1' THEN category_1 WHEN 'category_2' THEN category_2 WHEN 'category_3' THEN category_3
        WHEN 'taste' THEN taste WHEN 'brand' THEN brand ELSE name END AS brand
FROM products
ORDER BY product_id
