-- How many requests for help had a first reply within a day, in each month?
-- Grain: one row per month in which requests opened before $until, which lies a day before the morning of $as_of.
-- ym            month
-- tickets       requests            within_day    of these, replied to within 24 hours
SELECT
    ym,
    CAST(COUNT(*) AS BIGINT) AS tickets,
    CAST(SUM(CASE WHEN DATEDIFF('minute', opened_at, first_reply_at) <= 1440 THEN 1 ELSE 0 END) AS BIGINT) AS within_day
FROM tickets
WHERE opened_at < CAST($until AS TIMESTAMP) AND business_date < CAST($as_of AS DATE)
GROUP BY ym
ORDER BY ym
