-- When did the customers who had bought before $until buy next?
-- Grain: one row per known customer with a purchase before $until and one from it to $as_of.
-- customer_key
-- next_on   first purchase day from $until on
WITH known AS (
    SELECT customer_key
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($until AS DATE)
    GROUP BY customer_key
)
SELECT d.customer_key, MIN(d.business_date) AS next_on
FROM customer_day AS d
INNER JOIN known AS k ON k.customer_key = d.customer_key
WHERE d.orders > 0 AND d.business_date >= CAST($until AS DATE) AND d.business_date < CAST($as_of AS DATE)
GROUP BY d.customer_key
ORDER BY d.customer_key
