-- How many of each customer's orders came through site, app or mall?
-- Grain: one row per customer with an order of a recorded channel before $as_of (from $since, where a window is set).
-- customer_key
-- online   orders through the channels of the small table segment_channels (channel)
-- told     orders whose channel is recorded
SELECT
    o.customer_key,
    CAST(SUM(CASE WHEN c.channel IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS online,
    CAST(COUNT(*) AS BIGINT) AS told
FROM orders AS o
LEFT JOIN segment_channels AS c ON c.channel = o.channel
WHERE o.customer_key IS NOT NULL AND o.channel IS NOT NULL AND COALESCE(o.status, '') <> 'cancelled'
    AND o.business_date < CAST($as_of AS DATE) AND o.business_date >= CAST($since AS DATE)
GROUP BY o.customer_key
