-- What did customers write in surveys from the month $first_month to the month $month?
-- Grain: one row per answer with text before $as_of; of more than $most, those with the smallest hash.
-- ym             month                     customer_key   null: anonymous
-- text           as written                value          valid answer to $metric on the same sheet (a customer's
-- answers to one survey at one time; an anonymous one: the same row); the lowest of several, null without one
-- texts          answers with text in these months, read or not
WITH told_with AS (
    SELECT survey_id, customer_key, answered_at, MIN(value) AS value
    FROM satisfaction_answers
    WHERE metric = $metric AND state = 'valid' AND customer_key IS NOT NULL
        AND ym >= $first_month AND ym <= $month
    GROUP BY survey_id, customer_key, answered_at
),
written AS (
    SELECT
        a.ym, a.survey_id, a.customer_key, a.answered_at, a.text,
        CASE
            WHEN COALESCE(a.score, l.points) < m.lowest OR COALESCE(a.score, l.points) > m.highest THEN NULL
            WHEN m.whole AND COALESCE(a.score, l.points) <> FLOOR(COALESCE(a.score, l.points)) THEN NULL
            ELSE COALESCE(a.score, l.points)
        END AS own
    FROM survey_answers AS a
    LEFT JOIN satisfaction_metrics AS m ON m.question = a.question AND m.metric = $metric
    LEFT JOIN satisfaction_labels AS l ON l.metric = m.metric AND l.label = TRIM(a.choice)
    WHERE a.text IS NOT NULL AND TRIM(a.text) <> '' AND a.business_date < CAST($as_of AS DATE)
        AND a.ym >= $first_month AND a.ym <= $month
),
scored_texts AS (
    SELECT
        w.ym, w.customer_key, w.text,
        CASE WHEN w.customer_key IS NULL THEN w.own ELSE COALESCE(t.value, w.own) END AS value
    FROM written AS w
    LEFT JOIN told_with AS t
        ON t.customer_key = w.customer_key AND t.survey_id = w.survey_id AND t.answered_at = w.answered_at
),
ordered_texts AS (
    SELECT
        ym, customer_key, text, value,
        ROW_NUMBER() OVER (
            ORDER BY MD5(text) ASC NULLS LAST, text ASC NULLS LAST, ym ASC NULLS LAST, value ASC NULLS LAST,
                customer_key ASC NULLS LAST
        ) AS place,
        CAST(COUNT(*) OVER () AS BIGINT) AS texts
    FROM scored_texts
)
SELECT ym, customer_key, text, value, texts
FROM ordered_texts
WHERE place <= $most
ORDER BY place
