-- How large is each RFM segment, and what do its customers bring?
-- Grain: one row per segment that has customers, prospects included.
-- rfm_segment   code of the segment
-- customers     known customers            sales   net or gross money of their purchases (minor units)
SELECT
    rfm_segment,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END) AS BIGINT) AS sales
FROM customer_segment
GROUP BY rfm_segment
ORDER BY rfm_segment
