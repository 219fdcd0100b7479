-- How far apart are new customers in what they bring in their first months?
-- Grain: one row per month of first purchase, from $cohort_from to $cohort_to.
-- cohort      month of the first purchase          customers   customers of the cohort
-- total       net of each from the first day to the end of the month $reach months later, added up (minor units)
-- high_squares, mixed, low_squares   the square of each, added up in three parts that stay within whole numbers: with
--             each = 1,000,000 high + low, the squares of high, high times low, and the squares of low
WITH firsts AS (
    SELECT customer_key, MIN(ym) AS cohort
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
    HAVING MIN(ym) >= $cohort_from AND MIN(ym) <= $cohort_to
),
brought AS (
    SELECT f.customer_key, f.cohort, CAST(SUM(d.net) AS BIGINT) AS net
    FROM firsts AS f
    INNER JOIN customer_day AS d ON d.customer_key = f.customer_key
    WHERE d.business_date < CAST($as_of AS DATE) AND d.ym >= $cohort_from AND d.ym >= f.cohort
        AND (CAST(SUBSTR(d.ym, 1, 4) AS BIGINT) - CAST(SUBSTR(f.cohort, 1, 4) AS BIGINT)) * 12
            + CAST(SUBSTR(d.ym, 6, 2) AS BIGINT) - CAST(SUBSTR(f.cohort, 6, 2) AS BIGINT) <= $reach
    GROUP BY f.customer_key, f.cohort
),
halves AS (
    SELECT cohort, net, CAST(ROUND(CAST(net AS DOUBLE) * 0.000001, 0) AS BIGINT) AS high
    FROM brought
)
SELECT
    cohort, CAST(COUNT(*) AS BIGINT) AS customers, CAST(SUM(net) AS BIGINT) AS total,
    CAST(SUM(high * high) AS BIGINT) AS high_squares,
    CAST(SUM(high * (net - 1000000 * high)) AS BIGINT) AS mixed,
    CAST(SUM((net - 1000000 * high) * (net - 1000000 * high)) AS BIGINT) AS low_squares
FROM halves
GROUP BY cohort
ORDER BY cohort
