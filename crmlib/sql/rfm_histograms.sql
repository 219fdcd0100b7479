-- How are recency, frequency and money spread inside each segment? Medians are finished from these counts.
-- Grain: one row per segment, measure and value.
-- rfm_segment   code
-- measure       recency | frequency | monetary
-- value         days, purchases or purchase days, or money (minor units)
-- customers     how many have this value
WITH bought AS (
    SELECT
        rfm_segment, recency_days,
        CASE WHEN $frequency = 'orders' THEN frequency ELSE purchase_days END AS times,
        CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END AS money
    FROM customer_segment
    WHERE frequency > 0
),
long_form AS (
    SELECT rfm_segment, 'recency' AS measure, recency_days AS value FROM bought
    UNION ALL
    SELECT rfm_segment, 'frequency' AS measure, times AS value FROM bought
    UNION ALL
    SELECT rfm_segment, 'monetary' AS measure, money AS value FROM bought
)
SELECT rfm_segment, measure, value, CAST(COUNT(*) AS BIGINT) AS customers
FROM long_form
GROUP BY rfm_segment, measure, value
ORDER BY rfm_segment, measure, value
