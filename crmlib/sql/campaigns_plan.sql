-- Who could be sent the next campaign, and how many of them buy within $window_days days without one?
-- Grain: one row per known customer who has bought, may be contacted through a channel, and is of a segment.
-- customer_key, customer_id
-- rfm_segment   on $as_of
-- bought        1 = a purchase in the $window_days days before $as_of
WITH plan_channels AS (
    SELECT * FROM (VALUES ('mail'), ('sms'), ('line'), ('post'), ('phone')) AS v(channel)
),
plan_refused AS (
    SELECT customer_key, CAST(COUNT(DISTINCT channel) AS BIGINT) AS channels
    FROM contact_refusals
    GROUP BY customer_key
),
plan_recent AS (
    SELECT customer_key
    FROM customer_day
    WHERE orders > 0 AND customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
        AND DATEDIFF('day', business_date, CAST($as_of AS DATE)) <= $window_days
    GROUP BY customer_key
),
plan_all AS (
    SELECT CAST(COUNT(*) AS BIGINT) AS channels FROM plan_channels
)
SELECT
    s.customer_key, c.customer_id, s.rfm_segment, CASE WHEN b.customer_key IS NULL THEN 0 ELSE 1 END AS bought
FROM customer_segment AS s
INNER JOIN customers AS c ON c.customer_key = s.customer_key
CROSS JOIN plan_all AS a
LEFT JOIN plan_refused AS r ON r.customer_key = s.customer_key
LEFT JOIN plan_recent AS b ON b.customer_key = s.customer_key
WHERE s.frequency > 0 AND COALESCE(r.channels, 0) < a.channels
ORDER BY c.customer_id, s.customer_key
