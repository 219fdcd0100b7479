-- Whose details have not been looked at since $stale_before, and how much of the month's sales hangs on them?
-- Grain: one row.
-- dated   known customers with a date of last update            stale   of these, those updated before $stale_before
-- sales   net money of the stale ones in the month $month (minor units)
WITH bought AS (
    SELECT customer_key, CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND ym = $month AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
details AS (
    SELECT
        CASE WHEN c.updated_at < CAST($stale_before AS TIMESTAMP) THEN 1 ELSE 0 END AS old,
        COALESCE(b.net, 0) AS net
    FROM customer_segment AS s
    INNER JOIN customers AS c ON c.customer_key = s.customer_key
    LEFT JOIN bought AS b ON b.customer_key = s.customer_key
    WHERE c.updated_at IS NOT NULL
)
SELECT
    CAST(COUNT(*) AS BIGINT) AS dated,
    COALESCE(CAST(SUM(old) AS BIGINT), 0) AS stale,
    COALESCE(CAST(SUM(CASE WHEN old = 1 THEN net ELSE 0 END) AS BIGINT), 0) AS sales
FROM details
