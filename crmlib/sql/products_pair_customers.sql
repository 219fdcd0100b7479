-- How many customers bought both products of a pair in one basket?
-- Grain: one row per pair bought together by a known customer.
-- pair        its number
-- customers   known customers with both in one basket
-- pair_buyers: pair, customer_key: those of each month (products_pair_buyers)
SELECT pair, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers
FROM pair_buyers
GROUP BY pair
ORDER BY pair
