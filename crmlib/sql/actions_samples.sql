-- Who has tried a sample, and bought nothing else since?
-- Grain: one row per customer_key with a sample (table sample_marks: kind product, category or event; code) before $as_of.
-- sample_on   day of the last sample
WITH goods AS (
    SELECT p.product_id FROM products AS p INNER JOIN sample_marks AS m ON m.kind = 'category' AND m.code = p.category_1
    UNION
    SELECT p.product_id FROM products AS p INNER JOIN sample_marks AS m ON m.kind = 'category' AND m.code = p.category_2
    UNION
    SELECT p.product_id FROM products AS p INNER JOIN sample_marks AS m ON m.kind = 'category' AND m.code = p.category_3
    UNION
    SELECT code AS product_id FROM sample_marks WHERE kind = 'product'
),
sold AS (
    SELECT
        l.customer_key, l.business_date,
        CASE WHEN g.product_id IS NULL THEN 0 ELSE 1 END AS sample
    FROM order_lines AS l
    LEFT JOIN goods AS g ON g.product_id = l.product_id
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    WHERE l.customer_key IS NOT NULL AND l.business_date < CAST($as_of AS DATE) AND l.line_type = 'product'
        AND l.amount >= 0 AND COALESCE(l.quantity, 1) > 0 AND NOT l.cancelled AND d.order_id IS NULL
),
tried AS (
    SELECT customer_key, business_date FROM sold WHERE sample = 1
    UNION
    SELECT e.customer_key, e.business_date
    FROM events AS e
    INNER JOIN sample_marks AS m ON m.kind = 'event' AND m.code = e.type
    WHERE e.customer_key IS NOT NULL AND e.business_date < CAST($as_of AS DATE)
),
latest AS (
    SELECT customer_key, MAX(business_date) AS sample_on FROM tried GROUP BY customer_key
),
since AS (
    SELECT t.customer_key
    FROM latest AS t
    INNER JOIN sold AS s ON s.customer_key = t.customer_key
    WHERE s.sample = 0 AND s.business_date > t.sample_on
    GROUP BY t.customer_key
)
SELECT t.customer_key, t.sample_on
FROM latest AS t
LEFT JOIN since AS s ON s.customer_key = t.customer_key
WHERE s.customer_key IS NULL
ORDER BY t.customer_key
