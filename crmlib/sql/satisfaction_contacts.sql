-- What did customers turn to the shop about in the month $month, besides tickets?
-- Grain: one row per channel, direction, purpose and label.
-- channel, direction, purpose, label   as recorded; 'unknown' without one
-- contacts    interactions before $as_of            customers   distinct known customers among them
SELECT
    COALESCE(channel, 'unknown') AS channel, COALESCE(direction, 'unknown') AS direction,
    COALESCE(purpose, 'unknown') AS purpose, COALESCE(label, 'unknown') AS label,
    CAST(COUNT(*) AS BIGINT) AS contacts, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers
FROM interactions
WHERE ym = $month AND business_date < CAST($as_of AS DATE)
GROUP BY COALESCE(channel, 'unknown'), COALESCE(direction, 'unknown'), COALESCE(purpose, 'unknown'),
    COALESCE(label, 'unknown')
ORDER BY channel, direction, purpose, label
