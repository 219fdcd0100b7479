-- How much of each customer's money was spent at a discount, from $first_month on?
-- Grain: one row per known customer with a gross line.
-- customer_key
-- gross        money of the gross lines (minor units)
-- discounted   of that, with a discount (minor units)
SELECT customer_key, CAST(SUM(amount) AS BIGINT) AS gross, CAST(SUM(discounted) AS BIGINT) AS discounted
FROM product_discounted
WHERE customer_key IS NOT NULL
GROUP BY customer_key
ORDER BY customer_key
