-- How many buyers have each number of days, times and amount? Cuts that follow from the data are made of these counts.
-- Grain: one row per measure and value.
-- measure     r (days since the last purchase) | f (times, $frequency: days | orders) | m (money, $monetary: net | gross)
-- value       days, purchases or purchase days, or money (minor units)
-- customers   how many have this value
WITH long_form AS (
    SELECT 'r' AS measure, recency_days AS value FROM customer_base WHERE frequency > 0
    UNION ALL
    SELECT 'f' AS measure, CASE WHEN $frequency = 'orders' THEN frequency ELSE purchase_days END AS value
    FROM customer_base
    WHERE frequency > 0
    UNION ALL
    SELECT 'm' AS measure, CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END AS value
    FROM customer_base
    WHERE frequency > 0
)
SELECT measure, value, CAST(COUNT(*) AS BIGINT) AS customers
FROM long_form
GROUP BY measure, value
ORDER BY measure, value
