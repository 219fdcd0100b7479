-- How many customers became known on each day?
-- Grain: one row per day; a null day for those of whom no day is known, who count as known always.
-- known_from   the day of joining or of the first line in the mart, whichever came first
-- customers    customers of the customer list and of the orders, guests not
WITH ever AS (
    SELECT customer_key, MIN(business_date) AS first_seen_on
    FROM customer_day
    WHERE customer_key IS NOT NULL
    GROUP BY customer_key
),
days AS (
    SELECT
        CASE
            WHEN e.first_seen_on IS NULL OR c.registered_on < e.first_seen_on THEN c.registered_on
            ELSE e.first_seen_on
        END AS known_from
    FROM customers AS c
    LEFT JOIN ever AS e ON e.customer_key = c.customer_key
)
SELECT known_from, CAST(COUNT(*) AS BIGINT) AS customers
FROM days
GROUP BY known_from
ORDER BY known_from NULLS FIRST
