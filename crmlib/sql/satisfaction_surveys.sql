-- How was each survey of the month $month answered?
-- Grain: one row per survey, metric and value.
-- survey_id, metric, value (score)
-- answers     valid answers          people   those that are the person's last valid one in the month
SELECT
    survey_id, metric, value,
    CAST(COUNT(*) AS BIGINT) AS answers,
    CAST(SUM(CASE WHEN place = 1 THEN 1 ELSE 0 END) AS BIGINT) AS people
FROM satisfaction_valid
WHERE ym = $month
GROUP BY survey_id, metric, value
ORDER BY survey_id, metric, value
