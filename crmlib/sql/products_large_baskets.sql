-- Which orders hold more than $max_basket different products, from $first_month on, as known on the morning of $as_of?
-- Grain: one row per order.
-- order_id
-- Lines are read only of months that have such orders, as the mart tells.
WITH months_of_large AS (
    SELECT DISTINCT ym
    FROM product_size_month
    WHERE product_id IS NULL AND products > $max_basket
)
SELECT l.order_id
FROM product_lines AS l
INNER JOIN months_of_large AS m ON m.ym = l.ym
GROUP BY l.order_id
HAVING CAST(COUNT(DISTINCT l.product_id) AS BIGINT) > $max_basket
ORDER BY l.order_id
