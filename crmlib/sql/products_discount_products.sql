-- How much of each product's money came at a discount, from $first_month on?
-- Grain: one row per product; lines without a product under null.
-- product_id
-- gross        money of its gross lines (minor units)
-- discounted   of that, with a discount (minor units)
SELECT product_id, CAST(SUM(amount) AS BIGINT) AS gross, CAST(SUM(discounted) AS BIGINT) AS discounted
FROM product_discounted
GROUP BY product_id
ORDER BY product_id NULLS FIRST
