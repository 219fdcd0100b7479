-- How far do visitors get on a path of up to 6 steps, in this order and within $window_days of the first one?
-- Grain: one row. First steps from $from_day to before $ripe count; steps are types $step_1 to $step_6 (null: no such step).
-- ordered_1, ordered_2, ordered_3, ordered_4, ordered_5, ordered_6
--   visitors, or sessions where $per = 'session', that got so far in order: of all their beginnings the best
-- any_1, any_2, any_3, any_4, any_5, any_6
--   of those who began, how many did all steps up to this one in any order and at any time from $from_day on, each type as
--   often as it is asked for by then ($need_1 to $need_6)
-- begun_n holds the latest first step that led to step n in time: each step looks back at what had been reached before it.
-- A session ends after $session_minutes without an event.
WITH seen AS (
    SELECT person, happened_at, business_date, type,
        CASE WHEN happened_at <= LAG(happened_at) OVER (PARTITION BY person ORDER BY happened_at NULLS LAST, type)
            + $session_minutes * INTERVAL 1 MINUTE THEN 0 ELSE 1 END AS fresh
    FROM trends_trail
    WHERE person IS NOT NULL AND business_date >= CAST($from_day AS DATE)
),
cut AS (
    SELECT person, happened_at, business_date, type,
        CASE WHEN $per = 'session' THEN CAST(SUM(fresh) OVER (PARTITION BY person ORDER BY happened_at NULLS LAST, type
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) ELSE CAST(0 AS BIGINT) END AS session
    FROM seen
),
placed AS (
    SELECT person, session, happened_at, business_date, type,
        CASE type WHEN $step_1 THEN 1 WHEN $step_2 THEN 2 WHEN $step_3 THEN 3
            WHEN $step_4 THEN 4 WHEN $step_5 THEN 5 WHEN $step_6 THEN 6 ELSE 0 END AS place
    FROM cut
    WHERE type IN ($step_1, $step_2, $step_3, $step_4, $step_5, $step_6)
),
reach_1 AS (
    SELECT person, session, happened_at, business_date, type, place,
        CASE WHEN type = $step_1 AND business_date < CAST($ripe AS DATE) THEN business_date ELSE CAST(NULL AS DATE) END
            AS begun_1
    FROM placed
),
reach_2 AS (
    SELECT person, session, happened_at, business_date, type, place, begun_1,
        CASE WHEN type = $step_2 AND DATEDIFF('day', MAX(begun_1) OVER earlier, business_date) <= $window_days
            THEN MAX(begun_1) OVER earlier ELSE CAST(NULL AS DATE) END AS begun_2
    FROM reach_1
    WINDOW earlier AS (PARTITION BY person, session ORDER BY happened_at NULLS LAST, place, type
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
reach_3 AS (
    SELECT person, session, happened_at, business_date, type, place, begun_1, begun_2,
        CASE WHEN type = $step_3 AND DATEDIFF('day', MAX(begun_2) OVER earlier, business_date) <= $window_days
            THEN MAX(begun_2) OVER earlier ELSE CAST(NULL AS DATE) END AS begun_3
    FROM reach_2
    WINDOW earlier AS (PARTITION BY person, session ORDER BY happened_at NULLS LAST, place, type
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
reach_4 AS (
    SELECT person, session, happened_at, business_date, type, place, begun_1, begun_2, begun_3,
        CASE WHEN type = $step_4 AND DATEDIFF('day', MAX(begun_3) OVER earlier, business_date) <= $window_days
            THEN MAX(begun_3) OVER earlier ELSE CAST(NULL AS DATE) END AS begun_4
    FROM reach_3
    WINDOW earlier AS (PARTITION BY person, session ORDER BY happened_at NULLS LAST, place, type
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
reach_5 AS (
    SELECT person, session, happened_at, business_date, type, place, begun_1, begun_2, begun_3, begun_4,
        CASE WHEN type = $step_5 AND DATEDIFF('day', MAX(begun_4) OVER earlier, business_date) <= $window_days
            THEN MAX(begun_4) OVER earlier ELSE CAST(NULL AS DATE) END AS begun_5
    FROM reach_4
    WINDOW earlier AS (PARTITION BY person, session ORDER BY happened_at NULLS LAST, place, type
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
reach_6 AS (
    SELECT person, session, happened_at, business_date, type, place, begun_1, begun_2, begun_3, begun_4, begun_5,
        CASE WHEN type = $step_6 AND DATEDIFF('day', MAX(begun_5) OVER earlier, business_date) <= $window_days
            THEN MAX(begun_5) OVER earlier ELSE CAST(NULL AS DATE) END AS begun_6
    FROM reach_5
    WINDOW earlier AS (PARTITION BY person, session ORDER BY happened_at NULLS LAST, place, type
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
units AS (
    SELECT person, session,
        MAX(CASE WHEN begun_1 IS NULL THEN 0 ELSE 1 END) AS reached_1,
        CASE WHEN CAST(SUM(CASE WHEN type = $step_1 THEN 1 ELSE 0 END) AS BIGINT) >= $need_1 THEN 1 ELSE 0 END AS did_1,
        MAX(CASE WHEN begun_2 IS NULL THEN 0 ELSE 1 END) AS reached_2,
        CASE WHEN CAST(SUM(CASE WHEN type = $step_2 THEN 1 ELSE 0 END) AS BIGINT) >= $need_2 THEN 1 ELSE 0 END AS did_2,
        MAX(CASE WHEN begun_3 IS NULL THEN 0 ELSE 1 END) AS reached_3,
        CASE WHEN CAST(SUM(CASE WHEN type = $step_3 THEN 1 ELSE 0 END) AS BIGINT) >= $need_3 THEN 1 ELSE 0 END AS did_3,
        MAX(CASE WHEN begun_4 IS NULL THEN 0 ELSE 1 END) AS reached_4,
        CASE WHEN CAST(SUM(CASE WHEN type = $step_4 THEN 1 ELSE 0 END) AS BIGINT) >= $need_4 THEN 1 ELSE 0 END AS did_4,
        MAX(CASE WHEN begun_5 IS NULL THEN 0 ELSE 1 END) AS reached_5,
        CASE WHEN CAST(SUM(CASE WHEN type = $step_5 THEN 1 ELSE 0 END) AS BIGINT) >= $need_5 THEN 1 ELSE 0 END AS did_5,
        MAX(CASE WHEN begun_6 IS NULL THEN 0 ELSE 1 END) AS reached_6,
        CASE WHEN CAST(SUM(CASE WHEN type = $step_6 THEN 1 ELSE 0 END) AS BIGINT) >= $need_6 THEN 1 ELSE 0 END AS did_6
    FROM reach_6
    GROUP BY person, session
)
SELECT
    COALESCE(CAST(SUM(reached_1) AS BIGINT), 0) AS ordered_1,
    COALESCE(CAST(SUM(reached_2) AS BIGINT), 0) AS ordered_2,
    COALESCE(CAST(SUM(reached_3) AS BIGINT), 0) AS ordered_3,
    COALESCE(CAST(SUM(reached_4) AS BIGINT), 0) AS ordered_4,
    COALESCE(CAST(SUM(reached_5) AS BIGINT), 0) AS ordered_5,
    COALESCE(CAST(SUM(reached_6) AS BIGINT), 0) AS ordered_6,
    COALESCE(CAST(SUM(did_1) AS BIGINT), 0) AS any_1,
    COALESCE(CAST(SUM(did_1 * did_2) AS BIGINT), 0) AS any_2,
    COALESCE(CAST(SUM(did_1 * did_2 * did_3) AS BIGINT), 0) AS any_3,
    COALESCE(CAST(SUM(did_1 * did_2 * did_3 * did_4) AS BIGINT), 0) AS any_4,
    COALESCE(CAST(SUM(did_1 * did_2 * did_3 * did_4 * did_5) AS BIGINT), 0) AS any_5,
    COALESCE(CAST(SUM(did_1 * did_2 * did_3 * did_4 * did_5 * did_6) AS BIGINT), 0) AS any_6
FROM units
WHERE reached_1 = 1
