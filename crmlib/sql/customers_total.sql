-- How many customers are known on $as_of, and for how many did the first purchase fall into the month from $start?
-- Grain: one row.
-- customers      known customers: of the customer list and of the orders, prospects included, guests not
-- first_buyers   of these, those who bought for the first time in the month
SELECT
    CAST(COUNT(*) AS BIGINT) AS customers,
    COALESCE(CAST(SUM(CASE WHEN first_ever_on >= CAST($start AS DATE) AND first_ever_on < CAST($as_of AS DATE) THEN 1
        ELSE 0 END) AS BIGINT), 0) AS first_buyers
FROM customer_segment
