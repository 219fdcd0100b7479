-- How often was each answer chosen, and by how many people was each question answered?
-- Grain: one row per question and choice, and one per question.
-- key       of the question              choice   null: everybody who chose anything
-- people    persons; an anonymous record is one
SELECT key, choice, CAST(COUNT(*) AS BIGINT) AS people
FROM satisfaction_choices
GROUP BY key, choice
UNION ALL
SELECT
    key, CAST(NULL AS VARCHAR) AS choice,
    CAST(COUNT(DISTINCT customer_key) AS BIGINT)
        + CAST(SUM(CASE WHEN customer_key IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS people
FROM satisfaction_choices
GROUP BY key
ORDER BY key, choice NULLS LAST
