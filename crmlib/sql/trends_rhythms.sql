-- By what rhythm does each customer buy? For customers with at least two gaps between purchase days.
-- Grain: one row per known customer with three purchase days or more before $as_of.
-- customer_key, rfm_segment (code)
-- last_on        last purchase day
-- recency_days   $as_of - last_on (days)
-- gaps           gaps between purchase days
-- log_sum        sum of ln(gap in days), each in thousandths and rounded
-- log_squares    sum of the squares of these
WITH logs AS (
    SELECT customer_key, business_date, CAST(ROUND(1000 * LN(CAST(gap AS DOUBLE))) AS BIGINT) AS part
    FROM purchase_gaps
),
rhythms AS (
    SELECT
        customer_key, MAX(business_date) AS last_on,
        CAST(COUNT(part) AS BIGINT) AS gaps,
        CAST(SUM(part) AS BIGINT) AS log_sum,
        CAST(SUM(part * part) AS BIGINT) AS log_squares
    FROM logs
    GROUP BY customer_key
)
SELECT
    r.customer_key, s.rfm_segment, r.last_on,
    CAST(DATEDIFF('day', r.last_on, CAST($as_of AS DATE)) AS BIGINT) AS recency_days,
    r.gaps, r.log_sum, r.log_squares
FROM rhythms AS r
INNER JOIN customer_segment AS s ON s.customer_key = r.customer_key
WHERE r.gaps >= 2
ORDER BY r.customer_key
