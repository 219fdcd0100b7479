-- Which subjects do requests for help carry word for word, and by how many customers, from $first_month to $month?
-- Grain: one row per category and subject.
-- category    as recorded; 'unknown' without one        subject     without blanks around it
-- customers   distinct known customers                  tickets     requests before $as_of
SELECT
    COALESCE(category, 'unknown') AS category, TRIM(subject) AS subject,
    CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS customers, CAST(COUNT(*) AS BIGINT) AS tickets
FROM tickets
WHERE ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE) AND TRIM(subject) <> ''
GROUP BY COALESCE(category, 'unknown'), TRIM(subject)
ORDER BY category, subject
