-- Who buys a product again and again, and by what rhythm? Purchase days of one product, at least three.
-- Grain: one row per known customer and product, from $first_month on, as known on the morning of $as_of.
-- customer_key, product_id
-- last_on        last purchase day of the product
-- recency_days   $as_of - last_on (days)
-- gaps           gaps between its purchase days
-- log_sum        sum of ln(gap in days), each in thousandths and rounded
-- log_squares    sum of the squares of these
WITH product_days AS (
    SELECT DISTINCT customer_key, product_id, business_date
    FROM product_lines
    WHERE customer_key IS NOT NULL AND product_id IS NOT NULL
),
product_gaps AS (
    SELECT customer_key, product_id, business_date,
        DATEDIFF('day', LAG(business_date) OVER (PARTITION BY customer_key, product_id
            ORDER BY business_date NULLS FIRST), business_date) AS gap
    FROM product_days
),
product_logs AS (
    SELECT customer_key, product_id, business_date, CAST(ROUND(1000 * LN(CAST(gap AS DOUBLE))) AS BIGINT) AS part
    FROM product_gaps
)
SELECT
    customer_key, product_id, MAX(business_date) AS last_on,
    CAST(DATEDIFF('day', MAX(business_date), CAST($as_of AS DATE)) AS BIGINT) AS recency_days,
    CAST(COUNT(part) AS BIGINT) AS gaps, CAST(SUM(part) AS BIGINT) AS log_sum, CAST(SUM(part * part) AS BIGINT) AS log_squares
FROM product_logs
GROUP BY customer_key, product_id
HAVING CAST(COUNT(part) AS BIGINT) >= 2
ORDER BY customer_key, product_id
