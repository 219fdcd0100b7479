-- How many purchase days did the customers known on $until have on each day after it?
-- Grain: one row per business date with any, from $until, before $as_of.
-- business_date
-- purchases      customers who bought on it (without those with a running subscription on $until)
WITH free AS (
    SELECT d.customer_key
    FROM customer_day AS d
    LEFT JOIN outlook_bound AS b ON b.customer_key = d.customer_key
    WHERE d.customer_key IS NOT NULL AND d.orders > 0 AND d.business_date < CAST($until AS DATE)
        AND b.customer_key IS NULL
    GROUP BY d.customer_key
)
SELECT d.business_date, CAST(COUNT(*) AS BIGINT) AS purchases
FROM customer_day AS d
INNER JOIN free AS f ON f.customer_key = d.customer_key
WHERE d.orders > 0 AND d.business_date >= CAST($until AS DATE) AND d.business_date < CAST($as_of AS DATE)
GROUP BY d.business_date
ORDER BY d.business_date
