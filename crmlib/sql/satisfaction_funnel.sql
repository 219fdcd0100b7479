-- Of the survey invitations of the month $month, how many were answered before $as_of?
-- Grain: one row. An invitation is a person asked in a survey, however often it was sent.
-- invited     invitations
-- answered    of these, with an answer to the same survey (a score, a choice or a comment) on the day of the month's first
--             invitation or later: a survey may run for years under one id, and what was said before does not answer it
-- commented   of these, with a comment
WITH asked AS (
    SELECT survey_id, customer_key, MIN(business_date) AS asked_on
    FROM survey_invitations
    WHERE ym = $month AND business_date < CAST($as_of AS DATE)
    GROUP BY survey_id, customer_key
),
told AS (
    SELECT
        s.survey_id, s.customer_key,
        MAX(CASE WHEN s.text IS NOT NULL AND TRIM(s.text) <> '' THEN 1 ELSE 0 END) AS commented
    FROM survey_answers AS s
    INNER JOIN asked AS q ON q.survey_id = s.survey_id AND q.customer_key = s.customer_key
    WHERE s.business_date >= q.asked_on AND s.business_date < CAST($as_of AS DATE)
        AND (s.score IS NOT NULL OR s.choice IS NOT NULL OR s.text IS NOT NULL)
    GROUP BY s.survey_id, s.customer_key
)
SELECT
    CAST(COUNT(*) AS BIGINT) AS invited,
    COALESCE(CAST(SUM(CASE WHEN t.customer_key IS NULL THEN 0 ELSE 1 END) AS BIGINT), 0) AS answered,
    COALESCE(CAST(SUM(COALESCE(t.commented, 0)) AS BIGINT), 0) AS commented
FROM asked AS a
LEFT JOIN told AS t ON t.survey_id = a.survey_id AND t.customer_key = a.customer_key
