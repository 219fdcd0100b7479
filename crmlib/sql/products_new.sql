-- How are products taken up that were first sold on $new_from or later?
-- Grain: one row per such product. $first_month is before all records.
-- product_id
-- first_on     day of the first sale
-- customers    known customers who bought it            early   of them, within 30 days of the first sale
-- again        of them, on two days or more             ripe    of them, those who first bought it 30 days ago or longer
-- ripe_again   of ripe, bought again within 30 days     gross   money of its lines (minor units)
WITH sold_since AS (
    SELECT product_id, MIN(business_date) AS first_on, CAST(SUM(amount) AS BIGINT) AS gross
    FROM product_lines
    WHERE product_id IS NOT NULL
    GROUP BY product_id
),
tried_on AS (
    SELECT DISTINCT l.product_id, l.customer_key, l.business_date
    FROM product_lines AS l
    INNER JOIN sold_since AS s ON s.product_id = l.product_id
    WHERE l.customer_key IS NOT NULL AND s.first_on >= CAST($new_from AS DATE)
),
tries AS (
    SELECT product_id, customer_key, business_date,
        ROW_NUMBER() OVER (PARTITION BY product_id, customer_key ORDER BY business_date NULLS LAST) AS place,
        LEAD(business_date) OVER (PARTITION BY product_id, customer_key ORDER BY business_date NULLS LAST) AS next_on
    FROM tried_on
),
firsts AS (
    SELECT product_id, customer_key, business_date, next_on,
        DATEDIFF('day', business_date, CAST($as_of AS DATE)) AS followed
    FROM tries
    WHERE place = 1
)
SELECT
    s.product_id, s.first_on, CAST(COUNT(f.customer_key) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN DATEDIFF('day', s.first_on, f.business_date) < 30 THEN 1 ELSE 0 END) AS BIGINT) AS early,
    CAST(COUNT(f.next_on) AS BIGINT) AS again,
    CAST(SUM(CASE WHEN f.followed > 30 THEN 1 ELSE 0 END) AS BIGINT) AS ripe,
    CAST(SUM(CASE WHEN f.followed > 30 AND DATEDIFF('day', f.business_date, f.next_on) <= 30 THEN 1 ELSE 0 END) AS BIGINT)
        AS ripe_again,
    s.gross
FROM sold_since AS s
LEFT JOIN firsts AS f ON f.product_id = s.product_id
WHERE s.first_on >= CAST($new_from AS DATE)
GROUP BY s.product_id, s.first_on, s.gross
ORDER BY s.product_id
