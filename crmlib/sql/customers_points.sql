-- How many points were granted, used and lost in each month?
-- Grain: one row per month with a movement of points before $as_of.
-- month      the month
-- granted    points earned, charged or given by hand      used   points spent
-- expired    points that ran out                          net    granted - used - expired
WITH moved AS (
    SELECT
        ym,
        CASE WHEN kind IN ('earn', 'charge') THEN ABS(points) WHEN kind = 'adjust' THEN points ELSE 0 END AS granted,
        CASE WHEN kind IN ('use', 'spend') THEN ABS(points) ELSE 0 END AS used,
        CASE WHEN kind = 'expire' THEN ABS(points) ELSE 0 END AS expired
    FROM points
    WHERE business_date < CAST($as_of AS DATE)
)
SELECT
    ym AS month,
    CAST(SUM(granted) AS BIGINT) AS granted,
    CAST(SUM(used) AS BIGINT) AS used,
    CAST(SUM(expired) AS BIGINT) AS expired,
    CAST(SUM(granted - used - expired) AS BIGINT) AS net
FROM moved
GROUP BY ym
ORDER BY ym
