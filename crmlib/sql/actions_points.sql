-- Whose points run out next, and how many?
-- Grain: one row per customer_key with points that run out some day.
-- points_on   the next day on which some run out      points_expiring   points that run out that day
WITH soonest AS (
    SELECT customer_key, MIN(expires_at) AS points_on
    FROM points_held
    GROUP BY customer_key
)
SELECT s.customer_key, s.points_on, h.points AS points_expiring
FROM soonest AS s
INNER JOIN points_held AS h ON h.customer_key = s.customer_key AND h.expires_at = s.points_on
ORDER BY s.customer_key
