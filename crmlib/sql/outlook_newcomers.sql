-- How far apart are new customers in what they bring in their first months?
-- Grain: one row per month of first purchase.
-- cohort      month of the first purchase          customers   customers of the cohort
-- total       net of each from the first day to the end of the month $reach months later (minor units) times $scale,
--             rounded and added up
-- squares     sum of the squares of these
WITH firsts AS (
    SELECT customer_key, MIN(ym) AS cohort
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
brought AS (
    SELECT
        f.customer_key, f.cohort,
        CAST(ROUND(CAST(CAST(SUM(d.net) AS BIGINT) AS DOUBLE) * CAST($scale AS DOUBLE), 0) AS BIGINT) AS part
    FROM firsts AS f
    INNER JOIN customer_day AS d ON d.customer_key = f.customer_key
    WHERE d.business_date < CAST($as_of AS DATE) AND d.ym >= f.cohort
        AND (CAST(SUBSTR(d.ym, 1, 4) AS BIGINT) - CAST(SUBSTR(f.cohort, 1, 4) AS BIGINT)) * 12
            + CAST(SUBSTR(d.ym, 6, 2) AS BIGINT) - CAST(SUBSTR(f.cohort, 6, 2) AS BIGINT) <= $reach
    GROUP BY f.customer_key, f.cohort
)
SELECT
    cohort, CAST(COUNT(*) AS BIGINT) AS customers, CAST(SUM(part) AS BIGINT) AS total,
    CAST(SUM(part * part) AS BIGINT) AS squares
FROM brought
GROUP BY cohort
ORDER BY cohort
