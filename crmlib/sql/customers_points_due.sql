-- How many points held on $as_of run out on which day, unless they are used before?
-- Grain: one row per last day of validity from $as_of on.
-- expires_at   last day           customers   holders           points   points still held that run out that day
SELECT expires_at, CAST(COUNT(*) AS BIGINT) AS customers, CAST(SUM(points) AS BIGINT) AS points
FROM points_held
GROUP BY expires_at
ORDER BY expires_at
