-- Since when does each customer buy, when did they last, and on how many days? As known on the morning of $as_of.
-- Grain: one row per known customer with a purchase before $as_of.
-- customer_key
-- first_ym, last_ym   months of the first and of the last purchase       last_on   last purchase day
-- purchase_days       business dates with a purchase
-- What is known up to the month $known_month is taken from the table buyers_before, which has the same columns (and is empty where
-- $known_month is empty); only later months of the mart are read.
WITH known AS (
    SELECT customer_key, first_ym, last_ym, CAST(last_on AS DATE) AS last_on, purchase_days
    FROM buyers_before
    UNION ALL
    SELECT customer_key, ym AS first_ym, ym AS last_ym, CAST(business_date AS DATE) AS last_on,
        CAST(1 AS BIGINT) AS purchase_days
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND ym > $known_month AND business_date < CAST($as_of AS DATE)
)
SELECT
    customer_key, MIN(first_ym) AS first_ym, MAX(last_ym) AS last_ym, MAX(last_on) AS last_on,
    CAST(SUM(purchase_days) AS BIGINT) AS purchase_days
FROM known
GROUP BY customer_key
ORDER BY customer_key
