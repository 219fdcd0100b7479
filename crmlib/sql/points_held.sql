-- How many points does each customer hold on $as_of, by the day they run out on unless they are used before?
-- Grain: one row per customer_key and last day of validity from $as_of on.
-- expires_at   last day           points   points still held that run out that day
-- What was used, lost or taken back is set against the points that run out first; points without a last day go last.
WITH lots AS (
    SELECT customer_key, expires_at, CAST(SUM(points) AS BIGINT) AS points
    FROM points
    WHERE business_date < CAST($as_of AS DATE) AND (kind IN ('earn', 'charge') OR (kind = 'adjust' AND points > 0))
    GROUP BY customer_key, expires_at
),
gone AS (
    SELECT customer_key, CAST(SUM(ABS(points)) AS BIGINT) AS points
    FROM points
    WHERE business_date < CAST($as_of AS DATE)
        AND (kind IN ('use', 'spend', 'expire') OR (kind = 'adjust' AND points < 0))
    GROUP BY customer_key
),
stacked AS (
    SELECT
        l.customer_key, l.expires_at, l.points, COALESCE(g.points, 0) AS gone,
        CAST(SUM(l.points) OVER (PARTITION BY l.customer_key ORDER BY l.expires_at ASC NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS upto
    FROM lots AS l
    LEFT JOIN gone AS g ON g.customer_key = l.customer_key
),
rest AS (
    SELECT
        customer_key, expires_at,
        CASE WHEN upto <= gone THEN 0 WHEN upto - points >= gone THEN points ELSE upto - gone END AS points
    FROM stacked
    WHERE expires_at >= CAST($as_of AS DATE)
)
SELECT customer_key, expires_at, points
FROM rest
WHERE points > 0
ORDER BY customer_key, expires_at
