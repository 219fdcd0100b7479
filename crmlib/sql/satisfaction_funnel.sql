-- Of the survey invitations of the month $month, how many were answered before $as_of?
-- Grain: one row. An invitation is a person asked in a survey, however often it was sent.
-- invited     invitations
-- answered    of these, with an answer to the same survey (a score, a choice or a comment)
-- commented   of these, with a comment
WITH asked AS (
    SELECT survey_id, customer_key
    FROM survey_invitations
    WHERE ym = $month AND business_date < CAST($as_of AS DATE)
    GROUP BY survey_id, customer_key
),
told AS (
    SELECT
        survey_id, customer_key,
        MAX(CASE WHEN text IS NOT NULL AND TRIM(text) <> '' THEN 1 ELSE 0 END) AS commented
    FROM survey_answers
    WHERE business_date < CAST($as_of AS DATE) AND customer_key IS NOT NULL
        AND (score IS NOT NULL OR choice IS NOT NULL OR text IS NOT NULL)
    GROUP BY survey_id, customer_key
)
SELECT
    CAST(COUNT(*) AS BIGINT) AS invited,
    COALESCE(CAST(SUM(CASE WHEN t.customer_key IS NULL THEN 0 ELSE 1 END) AS BIGINT), 0) AS answered,
    COALESCE(CAST(SUM(COALESCE(t.commented, 0)) AS BIGINT), 0) AS commented
FROM asked AS a
LEFT JOIN told AS t ON t.survey_id = a.survey_id AND t.customer_key = a.customer_key
