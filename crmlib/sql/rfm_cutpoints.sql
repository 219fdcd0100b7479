-- Which values carry which score?
-- Grain: one row per measure and score that someone has.
-- measure     recency | frequency | monetary            score   1-5
-- low, high   smallest and largest value with that score (days, purchases, minor units)
-- customers   buyers with that score
WITH bought AS (
    SELECT
        r_score, f_score, m_score, recency_days,
        CASE WHEN $frequency = 'orders' THEN frequency ELSE purchase_days END AS times,
        CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END AS money
    FROM customer_segment
    WHERE frequency > 0
),
long_form AS (
    SELECT 'recency' AS measure, r_score AS score, recency_days AS value FROM bought
    UNION ALL
    SELECT 'frequency' AS measure, f_score AS score, times AS value FROM bought
    UNION ALL
    SELECT 'monetary' AS measure, m_score AS score, money AS value FROM bought
)
SELECT
    measure, score, MIN(value) AS low, MAX(value) AS high, CAST(COUNT(*) AS BIGINT) AS customers
FROM long_form
GROUP BY measure, score
ORDER BY measure, score
