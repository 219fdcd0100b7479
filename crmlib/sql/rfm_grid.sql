-- How many customers, and how much money, are in each cell of recency by frequency?
-- Grain: one row per cell that has customers.
-- r_score, f_score   1-5            customers   buyers in the cell
-- sales     net or gross money of their purchases (minor units)
SELECT
    r_score, f_score,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END) AS BIGINT) AS sales
FROM customer_segment
WHERE frequency > 0
GROUP BY r_score, f_score
ORDER BY r_score, f_score
