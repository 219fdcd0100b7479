-- Where does each buyer stand with the shop: the latest answer to $metric from $first_month to $month, and what is at stake?
-- Grain: one row per known customer with such an answer who has ever bought.
-- customer_key, value (score), answered_on
-- bought          n1, n2, n3 (purchase days, up to 5), n6 (6 and more)
-- rfm_segment     code
-- spent           net of the 365 days before $as_of (minor units)
WITH spending AS (
    SELECT customer_key, CAST(SUM(net) AS BIGINT) AS spent
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
        AND DATEDIFF('day', business_date, CAST($as_of AS DATE)) <= 365
    GROUP BY customer_key
)
SELECT
    l.customer_key, l.value, l.answered_on,
    CASE
        WHEN s.purchase_days >= 6 THEN 'n6'
        WHEN s.purchase_days >= 3 THEN 'n3'
        WHEN s.purchase_days = 2 THEN 'n2'
        ELSE 'n1'
    END AS bought,
    s.rfm_segment, COALESCE(p.spent, 0) AS spent
FROM satisfaction_latest AS l
INNER JOIN customer_segment AS s ON s.customer_key = l.customer_key AND s.first_ever_on IS NOT NULL
LEFT JOIN spending AS p ON p.customer_key = l.customer_key
ORDER BY l.customer_key
