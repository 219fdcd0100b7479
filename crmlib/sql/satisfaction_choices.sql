-- What did each person choose the last time in the month $month?
-- Grain: one row per question of the small table satisfaction_asked (key, question, multiple), person and choice; an
-- anonymous record is a person of its own. Of several choices to a question with one answer the first in order counts.
-- key            of the question         customer_key   null: anonymous
-- choice         as recorded, without blanks around it
WITH told_choices AS (
    SELECT
        q.key, a.customer_key, a.survey_id, a.answered_at, TRIM(a.choice) AS choice,
        CASE WHEN q.multiple THEN '' ELSE TRIM(a.choice) END AS pick
    FROM survey_answers AS a
    INNER JOIN satisfaction_asked AS q ON q.question = a.question
    WHERE a.ym = $month AND a.business_date < CAST($as_of AS DATE)
        AND a.choice IS NOT NULL AND TRIM(a.choice) <> ''
),
placed_choices AS (
    SELECT
        key, customer_key, choice,
        RANK() OVER (
            PARTITION BY key, customer_key
            ORDER BY answered_at DESC NULLS LAST, survey_id DESC NULLS LAST, pick ASC NULLS LAST
        ) AS place
    FROM told_choices
    WHERE customer_key IS NOT NULL
)
SELECT key, customer_key, choice
FROM placed_choices
WHERE place = 1
GROUP BY key, customer_key, choice
UNION ALL
SELECT key, CAST(NULL AS VARCHAR) AS customer_key, choice
FROM told_choices
WHERE customer_key IS NULL
