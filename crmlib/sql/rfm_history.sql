-- How large was each segment at each month end?
-- Grain: one row per month end and segment that has buyers.
-- month_end     last day seen        segment   code        customers   buyers in it
SELECT month_end, rfm_segment AS segment, CAST(COUNT(*) AS BIGINT) AS customers
FROM segment_history
GROUP BY month_end, rfm_segment
ORDER BY month_end, segment
