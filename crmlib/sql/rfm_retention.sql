-- What became of last month's segments: who bought this month, who stayed, who moved on, who left, who came back?
-- Grain: one row per segment of the earlier month (table segment_before) that had buyers.
-- segment     code then
-- customers   buyers in it then
-- bought      of these, bought in the month that ends on $as_of (from $start)
-- stayed      of these, are in the same segment now
-- away        of these, had already not bought for more than $lost_after_days
-- lapsed      of the others, have not bought for more than $lost_after_days now
-- returned    of those away, bought in the month
-- sales       net or gross money of all their purchases to date (minor units)
SELECT
    b.rfm_segment AS segment,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN n.last_order_on >= CAST($start AS DATE) THEN 1 ELSE 0 END) AS BIGINT) AS bought,
    CAST(SUM(CASE WHEN n.rfm_segment = b.rfm_segment THEN 1 ELSE 0 END) AS BIGINT) AS stayed,
    CAST(SUM(CASE WHEN b.recency_days > $lost_after_days THEN 1 ELSE 0 END) AS BIGINT) AS away,
    CAST(SUM(CASE WHEN b.recency_days <= $lost_after_days AND COALESCE(n.recency_days > $lost_after_days, TRUE) THEN 1
        ELSE 0 END) AS BIGINT) AS lapsed,
    CAST(SUM(CASE WHEN b.recency_days > $lost_after_days AND n.last_order_on >= CAST($start AS DATE) THEN 1
        ELSE 0 END) AS BIGINT) AS returned,
    CAST(SUM(CASE WHEN $monetary = 'gross' THEN n.monetary_gross ELSE n.monetary END) AS BIGINT) AS sales
FROM segment_before AS b
INNER JOIN customer_segment AS n ON n.customer_key = b.customer_key
WHERE b.frequency > 0
GROUP BY b.rfm_segment
ORDER BY b.rfm_segment
