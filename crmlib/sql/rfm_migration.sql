-- From which segment to which did customers move since an earlier month?
-- Grain: one row per pair of segments that has customers.
-- from_segment   code in the earlier month (table segment_before); 'unknown' for those not known then
-- to_segment     code now
-- customers      how many            sales   net or gross money of their purchases to date (minor units)
SELECT
    COALESCE(b.rfm_segment, 'unknown') AS from_segment,
    n.rfm_segment AS to_segment,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN $monetary = 'gross' THEN n.monetary_gross ELSE n.monetary END) AS BIGINT) AS sales
FROM customer_segment AS n
LEFT JOIN segment_before AS b ON b.customer_key = n.customer_key
GROUP BY COALESCE(b.rfm_segment, 'unknown'), n.rfm_segment
ORDER BY from_segment, to_segment
