-- At which hour of which day were the purchases of the latest months made?
-- Grain: one row per business date and hour with a purchase, from month $first_month to $month.
-- business_date
-- hour      0-23 by the shop's clock (null where the source has no time of day)
-- orders    purchases: orders with at least one gross line, cancelled ones and dropped_orders left out
SELECT business_date, hour, CAST(COUNT(*) AS BIGINT) AS orders
FROM trends_timed
GROUP BY business_date, hour
ORDER BY business_date, hour NULLS LAST
