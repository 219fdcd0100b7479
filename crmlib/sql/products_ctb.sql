-- Who buys which category, taste and brand, how often again, and for how many is it the first choice?
-- Grain: one row per dimension and level, from $first_month on; what a product list does not say is an empty level.
-- dimension   category, taste or brand
-- level
-- customers   known customers who bought it          again   of them, on two days or more
-- favourite   of them, those who spent most on it of all levels known of the dimension
-- own         money that these spent on it (minor units)
-- whole       money that these spent in all (minor units)
-- quantity    pieces, guests' too                    gross   money, guests' too (minor units)
WITH placed_kinds AS (
    SELECT customer_key, dimension, level, days, quantity, gross,
        ROW_NUMBER() OVER (PARTITION BY customer_key, dimension
            ORDER BY CASE WHEN level = '' THEN 1 ELSE 0 END NULLS LAST, gross DESC NULLS LAST, level NULLS LAST) AS place,
        CAST(SUM(gross) OVER (PARTITION BY customer_key, dimension) AS BIGINT) AS spent
    FROM product_kinds
)
SELECT
    dimension, level, CAST(COUNT(customer_key) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN customer_key IS NOT NULL AND days > 1 THEN 1 ELSE 0 END) AS BIGINT) AS again,
    CAST(SUM(CASE WHEN customer_key IS NOT NULL AND place = 1 AND level <> '' THEN 1 ELSE 0 END) AS BIGINT) AS favourite,
    CAST(SUM(CASE WHEN customer_key IS NOT NULL AND place = 1 AND level <> '' THEN gross ELSE 0 END) AS BIGINT) AS own,
    CAST(SUM(CASE WHEN customer_key IS NOT NULL AND place = 1 AND level <> '' THEN spent ELSE 0 END) AS BIGINT) AS whole,
    CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(gross) AS BIGINT) AS gross
FROM placed_kinds
GROUP BY dimension, level
ORDER BY dimension, level
