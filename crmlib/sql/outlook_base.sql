-- What does a forecast need of each customer's purchases before $as_of?
-- Grain: one row per customer with a line in the mart from $since (a date long past for all history) to $as_of.
-- customer_key
-- first_order_on, last_order_on   business dates of the first and last purchase (null without a purchase)
-- purchase_days     business dates with a purchase
-- spent             gross less discounts of these days (minor units)         first_money   of the first of them
-- monetary          net money (minor units)
SELECT
    customer_key,
    MIN(CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS first_order_on,
    MAX(CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS last_order_on,
    CAST(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS purchase_days,
    CAST(SUM(CASE WHEN orders > 0 THEN gross - discounts ELSE 0 END) AS BIGINT) AS spent,
    MIN_BY(CASE WHEN orders > 0 THEN gross - discounts ELSE NULL END,
        CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS first_money,
    CAST(SUM(net) AS BIGINT) AS monetary
FROM customer_day
WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE) AND business_date >= CAST($since AS DATE)
GROUP BY customer_key
