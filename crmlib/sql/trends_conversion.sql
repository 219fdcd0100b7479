-- How long did those who began with $start_type take to get to $end_type, and how long have the others been waiting?
-- Grain: one row per number of days and outcome.
-- days      from the first $start_type to the first $end_type from then on, or to the last day before $as_of
-- came      1 = they got there, else 0
-- persons   visitors
WITH began AS (
    SELECT person, MIN(happened_at) AS began_at, MIN(business_date) AS began_on
    FROM trends_trail
    WHERE type = $start_type AND person IS NOT NULL
    GROUP BY person
),
ended AS (
    SELECT t.person, MIN(t.business_date) AS ended_on
    FROM trends_trail AS t
    INNER JOIN began AS b ON b.person = t.person
    WHERE t.type = $end_type AND t.happened_at >= b.began_at
    GROUP BY t.person
),
waited AS (
    SELECT
        CAST(DATEDIFF('day', b.began_on, COALESCE(e.ended_on, CAST($as_of AS DATE) - INTERVAL 1 DAY)) AS BIGINT) AS days,
        CASE WHEN e.ended_on IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS came
    FROM began AS b
    LEFT JOIN ended AS e ON e.person = b.person
)
SELECT days, came, CAST(COUNT(*) AS BIGINT) AS persons
FROM waited
GROUP BY days, came
ORDER BY days, came
