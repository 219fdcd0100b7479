-- What did customers and staff turn to each other about from the month $first_month to the month $month, besides tickets?
-- Grain: one row per dimension and level.
-- dimension   purpose | channel | direction
-- level       as recorded; 'unknown' without one
-- contacts    interactions before $as_of            customers   distinct known customers among them
-- positive, negative   contacts with that label
WITH told AS (
    SELECT
        COALESCE(channel, 'unknown') AS channel, COALESCE(direction, 'unknown') AS direction,
        COALESCE(purpose, 'unknown') AS purpose, label, customer_key
    FROM interactions
    WHERE ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE)
),
contact_levels AS (
    SELECT 'purpose' AS dimension, purpose AS level, label, customer_key FROM told
    UNION ALL
    SELECT 'channel' AS dimension, channel AS level, label, customer_key FROM told
    UNION ALL
    SELECT 'direction' AS dimension, direction AS level, label, customer_key FROM told
)
SELECT
    dimension, level,
    CAST(COUNT(*) AS BIGINT) AS contacts,
    CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN label = 'positive' THEN 1 ELSE 0 END) AS BIGINT) AS positive,
    CAST(SUM(CASE WHEN label = 'negative' THEN 1 ELSE 0 END) AS BIGINT) AS negative
FROM contact_levels
GROUP BY dimension, level
ORDER BY dimension, level
