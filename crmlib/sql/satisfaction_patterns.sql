-- Which answers were given together, from the month $first_month to the month $month?
-- Grain: one row per combination of answers.
-- pattern   number whose digits (small table satisfaction_places: metric, place, lowest) are the answers, counted from
--           1; the digit 0: no valid answer to that metric
-- answers   sheets: a known customer's answers to one survey at one time; two to the same question count the lower
WITH single AS (
    SELECT survey_id, customer_key, answered_at, metric, MIN(value) AS value
    FROM satisfaction_answers
    WHERE state = 'valid' AND customer_key IS NOT NULL AND ym >= $first_month AND ym <= $month
        AND value = FLOOR(value)
    GROUP BY survey_id, customer_key, answered_at, metric
),
sheets AS (
    SELECT
        s.survey_id, s.customer_key, s.answered_at,
        CAST(SUM(p.place * (CAST(s.value AS BIGINT) - p.lowest + 1)) AS BIGINT) AS pattern
    FROM single AS s
    INNER JOIN satisfaction_places AS p ON p.metric = s.metric
    GROUP BY s.survey_id, s.customer_key, s.answered_at
)
SELECT pattern, CAST(COUNT(*) AS BIGINT) AS answers
FROM sheets
GROUP BY pattern
ORDER BY pattern
