-- From which product do customers move up to which dearer one of the same category, and after how many days?
-- Grain: one row per two products of ladder_products and number of days; per customer the first purchase of either.
-- from_product, to_product
-- days        from the first purchase of the one to the first of the other
-- customers   customers who bought the dearer one for the first time so many days later; as known on the morning of $as_of
-- ladder_products: product_id, category, price (of a piece, minor units); the dearer one costs at least 20 % more
WITH first_days AS (
    SELECT l.customer_key, p.product_id, p.category, p.price, MIN(l.business_date) AS first_on
    FROM product_lines AS l
    INNER JOIN ladder_products AS p ON p.product_id = l.product_id
    WHERE l.customer_key IS NOT NULL
    GROUP BY l.customer_key, p.product_id, p.category, p.price
),
climbed AS (
    SELECT f.customer_key, f.product_id AS from_product, t.product_id AS to_product,
        CAST(DATEDIFF('day', f.first_on, t.first_on) AS BIGINT) AS days
    FROM first_days AS f
    INNER JOIN first_days AS t ON t.customer_key = f.customer_key AND t.category = f.category
    WHERE t.first_on > f.first_on AND t.price * 5 >= f.price * 6
),
steps_up AS (
    SELECT from_product, to_product, days, CAST(COUNT(*) AS BIGINT) AS customers
    FROM climbed
    GROUP BY from_product, to_product, days
),
counted_up AS (
    SELECT from_product, to_product, days, customers,
        CAST(SUM(customers) OVER (PARTITION BY from_product, to_product) AS BIGINT) AS moved
    FROM steps_up
)
SELECT from_product, to_product, days, customers
FROM counted_up
WHERE moved >= $least
ORDER BY from_product, to_product, days
