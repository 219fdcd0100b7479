-- How many records of the declared questions say nothing, and which questions with choices did nobody declare?
-- Grain: one row per question asked with choices, or declared, in the month $month.
-- question       as recorded
-- key            of the small table satisfaction_asked; null: not declared
-- records        records before $as_of           chosen     of these, with a choice
-- customers      known customers among them      choosers   of these, with a choice
SELECT
    a.question, q.key,
    CAST(COUNT(*) AS BIGINT) AS records,
    CAST(SUM(CASE WHEN a.choice IS NOT NULL AND TRIM(a.choice) <> '' THEN 1 ELSE 0 END) AS BIGINT) AS chosen,
    CAST(COUNT(DISTINCT a.customer_key) AS BIGINT) AS customers,
    CAST(COUNT(DISTINCT CASE WHEN a.choice IS NOT NULL AND TRIM(a.choice) <> '' THEN a.customer_key ELSE NULL END)
        AS BIGINT) AS choosers
FROM survey_answers AS a
LEFT JOIN satisfaction_asked AS q ON q.question = a.question
WHERE a.ym = $month AND a.business_date < CAST($as_of AS DATE)
GROUP BY a.question, q.key
HAVING CAST(SUM(CASE WHEN a.choice IS NOT NULL AND TRIM(a.choice) <> '' THEN 1 ELSE 0 END) AS BIGINT) > 0
    OR q.key IS NOT NULL
ORDER BY a.question NULLS LAST, q.key NULLS LAST
