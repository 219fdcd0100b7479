-- Which category, taste and brand does each customer like best?
-- Grain: one row per known customer and dimension with a level known, from $first_month on.
-- customer_key
-- dimension   category, taste or brand
-- level       the one most money was spent on
-- gross       money spent on it (minor units)
-- spent       money spent on goods whose level is known (minor units)
WITH liked_kinds AS (
    SELECT customer_key, dimension, level, gross,
        ROW_NUMBER() OVER (PARTITION BY customer_key, dimension ORDER BY gross DESC NULLS LAST, level NULLS LAST) AS place,
        CAST(SUM(gross) OVER (PARTITION BY customer_key, dimension) AS BIGINT) AS spent
    FROM product_kinds
    WHERE customer_key IS NOT NULL AND level <> ''
)
SELECT customer_key, dimension, level, gross, spent
FROM liked_kinds
WHERE place = 1
ORDER BY customer_key, dimension
