-- How is the money of the customers spread in each cell of recency by frequency? Medians are finished from these counts.
-- Grain: one row per cell and amount.
-- r_score, f_score   1-5
-- value              net or gross money of a customer's purchases (minor units)        customers   how many have it
SELECT
    r_score, f_score,
    CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END AS value,
    CAST(COUNT(*) AS BIGINT) AS customers
FROM customer_segment
WHERE frequency > 0
GROUP BY r_score, f_score, CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END
ORDER BY r_score, f_score, value
