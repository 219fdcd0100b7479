-- Which answers count, and why do the others not?
-- Grain: one row per answer before $as_of to a question of the small table satisfaction_metrics (metric, question,
-- lowest, highest, whole: only whole scores are on the scale).
-- metric         code
-- ym             month
-- customer_key   null: anonymous
-- survey_id, answered_at, answered_on (business date)
-- value          score, else that of the chosen label (small table satisfaction_labels: metric, label, points)
-- weight         of the answer, as the survey gives it; null without one
-- state          valid | empty | unknown_label | out_of_scale
SELECT
    m.metric, a.ym, a.customer_key, a.survey_id, a.answered_at, a.business_date AS answered_on,
    COALESCE(a.score, l.points) AS value, a.weight,
    CASE
        WHEN a.score IS NULL AND (a.choice IS NULL OR TRIM(a.choice) = '') THEN 'empty'
        WHEN a.score IS NULL AND l.points IS NULL THEN 'unknown_label'
        WHEN COALESCE(a.score, l.points) < m.lowest OR COALESCE(a.score, l.points) > m.highest THEN 'out_of_scale'
        WHEN m.whole AND COALESCE(a.score, l.points) <> FLOOR(COALESCE(a.score, l.points)) THEN 'out_of_scale'
        ELSE 'valid'
    END AS state
FROM survey_answers AS a
INNER JOIN satisfaction_metrics AS m ON m.question = a.question
LEFT JOIN satisfaction_labels AS l ON l.metric = m.metric AND l.label = TRIM(a.choice)
WHERE a.business_date < CAST($as_of AS DATE)
