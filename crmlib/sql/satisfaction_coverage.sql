-- Who answered in the month $month, beside who the known customers are?
-- Grain: one row per attribute and level.
-- attribute     rank | recency
-- level         code of the rank; days since the last purchase on the morning of $as_of (d030, d090, d180, d365: up to so
--               many; older; never)
-- customers     known customers            respondents   of these, with a valid answer in the month
WITH answered AS (
    SELECT customer_key
    FROM satisfaction_answers
    WHERE ym = $month AND state = 'valid' AND customer_key IS NOT NULL
    GROUP BY customer_key
),
known AS (
    SELECT
        COALESCE(c.rank, 'unknown') AS member_rank,
        CASE
            WHEN s.recency_days <= 30 THEN 'd030'
            WHEN s.recency_days <= 90 THEN 'd090'
            WHEN s.recency_days <= 180 THEN 'd180'
            WHEN s.recency_days <= 365 THEN 'd365'
            WHEN s.recency_days IS NULL AND s.first_ever_on IS NULL THEN 'never'
            ELSE 'older'
        END AS recency,
        CASE WHEN a.customer_key IS NULL THEN 0 ELSE 1 END AS told
    FROM customer_segment AS s
    INNER JOIN customers AS c ON c.customer_key = s.customer_key
    LEFT JOIN answered AS a ON a.customer_key = s.customer_key
),
long_form AS (
    SELECT 'rank' AS attribute, member_rank AS level, told FROM known
    UNION ALL
    SELECT 'recency' AS attribute, recency AS level, told FROM known
)
SELECT
    attribute, level,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(told) AS BIGINT) AS respondents
FROM long_form
GROUP BY attribute, level
ORDER BY attribute, level
