-- How large was each computed segment at each month end?
-- Grain: one row per month end of segment_history and computed segment that has buyers.
-- month_end      last day seen
-- segment        rule_segment of segment_lifecycle (prospects are no buyers)
-- customers      buyers in it
SELECT month_end, rule_segment AS segment, CAST(COUNT(*) AS BIGINT) AS customers
FROM segment_history
GROUP BY month_end, rule_segment
ORDER BY month_end, segment
