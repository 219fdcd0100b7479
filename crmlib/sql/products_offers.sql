-- What is each customer offered first?
-- Grain: one row per known customer with a purchase from $first_month on, by the method $method.
-- customer_key
-- rfm_segment   as of today
-- product_id
-- by_pairs      1 where it comes from a pair, 0 where it is popular only
SELECT o.customer_key, s.rfm_segment, o.product_id, o.by_pairs
FROM product_offers AS o
INNER JOIN customer_segment AS s ON s.customer_key = o.customer_key
WHERE o.place = 1 AND o.method = $method
ORDER BY o.customer_key
