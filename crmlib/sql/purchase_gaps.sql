-- On which days did each customer buy, and how long had they waited?
-- Grain: one row per known customer and business date with a purchase before $as_of.
-- customer_key, business_date
-- gap   days since the purchase day before (null on the first)
SELECT
    customer_key, business_date,
    DATEDIFF('day', LAG(business_date) OVER (PARTITION BY customer_key ORDER BY business_date NULLS FIRST),
        business_date) AS gap
FROM customer_day
WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
