-- Who bought both products of a pair in one basket, from $first_month on, as known on the morning of $as_of?
-- Grain: one row per pair of pair_list and known customer with such a basket.
-- pair           its number
-- customer_key
-- pair_list: pair, one, two (places, ascending); pair_products: product_id, place
WITH goods_of_known AS (
    SELECT l.order_id, l.customer_key, CAST(p.place AS INTEGER) AS place
    FROM product_lines AS l
    INNER JOIN pair_products AS p ON p.product_id = l.product_id
    WHERE l.customer_key IS NOT NULL
)
SELECT DISTINCT q.pair, one.customer_key
FROM goods_of_known AS one
INNER JOIN goods_of_known AS other ON other.order_id = one.order_id AND other.place > one.place
INNER JOIN pair_list AS q ON q.one = one.place AND q.two = other.place
