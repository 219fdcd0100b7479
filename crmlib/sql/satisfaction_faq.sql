-- What is asked most, and how was it settled, from the month $first_month to the month $month?
-- Grain: one row per category, subject and resolution of requests that were resolved before $now.
-- category     as recorded; 'unknown' without one
-- subject      those of the small table frequent_subjects (category, subject), word for word; '' for all others
-- resolution   as recorded; 'unknown' without one
-- tickets      resolved requests                        customers   distinct known customers among them
-- reopened     of the tickets, those opened again
SELECT
    COALESCE(t.category, 'unknown') AS category, COALESCE(f.subject, '') AS subject,
    COALESCE(t.resolution, 'unknown') AS resolution,
    CAST(COUNT(*) AS BIGINT) AS tickets,
    CAST(COUNT(DISTINCT t.customer_key) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN t.reopened > 0 THEN 1 ELSE 0 END) AS BIGINT) AS reopened
FROM tickets AS t
LEFT JOIN frequent_subjects AS f ON f.category = COALESCE(t.category, 'unknown') AND f.subject = TRIM(t.subject)
WHERE t.ym >= $first_month AND t.ym <= $month AND t.business_date < CAST($as_of AS DATE)
    AND t.resolved_at < CAST($now AS TIMESTAMP)
GROUP BY COALESCE(t.category, 'unknown'), COALESCE(f.subject, ''), COALESCE(t.resolution, 'unknown')
ORDER BY category, subject, resolution
