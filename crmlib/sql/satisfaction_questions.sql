-- How many answers did each question get in the month $month?
-- Grain: one row per question with a record in the month, before $as_of.
-- question   as recorded            answers   records, valid or not
SELECT question, CAST(COUNT(*) AS BIGINT) AS answers
FROM survey_answers
WHERE ym = $month AND business_date < CAST($as_of AS DATE)
GROUP BY question
ORDER BY question NULLS LAST
