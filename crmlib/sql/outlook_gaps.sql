-- How regular are purchases? The last two gaps between purchase days of those who have at least three.
-- Grain: one row per pair of gaps.
-- earlier_days, later_days   the last gap but one, and the last (days)
-- customers
WITH bought AS (
    SELECT customer_key, business_date,
        ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY business_date DESC NULLS LAST) AS place
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
),
three AS (
    SELECT
        customer_key,
        MAX(CASE WHEN place = 1 THEN business_date ELSE NULL END) AS last_on,
        MAX(CASE WHEN place = 2 THEN business_date ELSE NULL END) AS middle_on,
        MAX(CASE WHEN place = 3 THEN business_date ELSE NULL END) AS first_on
    FROM bought
    WHERE place <= 3
    GROUP BY customer_key
)
SELECT
    CAST(DATEDIFF('day', first_on, middle_on) AS BIGINT) AS earlier_days,
    CAST(DATEDIFF('day', middle_on, last_on) AS BIGINT) AS later_days,
    CAST(COUNT(*) AS BIGINT) AS customers
FROM three
WHERE first_on IS NOT NULL
GROUP BY DATEDIFF('day', first_on, middle_on), DATEDIFF('day', middle_on, last_on)
ORDER BY earlier_days, later_days
