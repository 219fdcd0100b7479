-- What did each customer last answer to the question $question, and the time before?
-- Grain: one row per customer_key with an answer before $as_of.
-- score        latest score            before      the one before it (null without)            answered_on   day of the latest
WITH placed AS (
    SELECT
        customer_key, score, business_date,
        ROW_NUMBER() OVER (
            PARTITION BY customer_key
            ORDER BY answered_at DESC NULLS LAST, survey_id DESC NULLS LAST, score ASC NULLS LAST
        ) AS place
    FROM survey_answers
    WHERE question = $question AND score IS NOT NULL AND customer_key IS NOT NULL
        AND business_date < CAST($as_of AS DATE)
)
SELECT l.customer_key, l.score, p.score AS before, l.business_date AS answered_on
FROM placed AS l
LEFT JOIN placed AS p ON p.customer_key = l.customer_key AND p.place = 2
WHERE l.place = 1
ORDER BY l.customer_key
