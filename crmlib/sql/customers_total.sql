-- How many customers are known on $as_of?
-- Grain: one row.
-- customers   known customers: of the customer list and of the orders, prospects included, guests not
SELECT CAST(COUNT(*) AS BIGINT) AS customers
FROM customer_segment
