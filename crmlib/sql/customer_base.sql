-- When, how often and for how much did each customer buy, as known on the morning of $as_of?
-- Grain: one row per customer with a line in the mart from $since (a date long past for all history) to $as_of.
-- customer_key
-- first_order_on, last_order_on   business dates of the first and last purchase (null without a purchase)
-- recency_days      $as_of - last_order_on (days)
-- frequency         purchases            purchase_days   business dates with a purchase
-- monetary          net money (minor units)
-- monetary_gross    gross money (minor units)
-- spent             gross less discounts of the days with a purchase (minor units)
-- first_money       of the first of them (null without a purchase)
SELECT
    customer_key,
    MIN(CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS first_order_on,
    MAX(CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS last_order_on,
    CAST(DATEDIFF('day', MAX(CASE WHEN orders > 0 THEN business_date ELSE NULL END), CAST($as_of AS DATE)) AS BIGINT)
        AS recency_days,
    CAST(SUM(orders) AS BIGINT) AS frequency,
    CAST(COUNT(CASE WHEN orders > 0 THEN 1 ELSE NULL END) AS BIGINT) AS purchase_days,
    CAST(SUM(net) AS BIGINT) AS monetary,
    CAST(SUM(gross) AS BIGINT) AS monetary_gross,
    CAST(SUM(CASE WHEN orders > 0 THEN gross - discounts ELSE 0 END) AS BIGINT) AS spent,
    MIN_BY(CASE WHEN orders > 0 THEN gross - discounts ELSE NULL END,
        CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS first_money
FROM customer_day
WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE) AND business_date >= CAST($since AS DATE)
GROUP BY customer_key
