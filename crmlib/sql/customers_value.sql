-- What is each buyer worth, how long have they stayed, and are they overdue by their own rhythm?
-- Grain: one row per known customer with a purchase before $as_of.
-- customer_key, customer_id (the source's text)
-- recency_days     $as_of - last purchase (days)       span_days   first to last purchase (days)
-- purchase_days    business dates with a purchase
-- monetary         net of all history (minor units)
-- recent_days      purchase days of the last year      recent_money   net of the last year (minor units)
-- decile           as in customers_worth
-- gap_days         median of the days between purchase days, doubled so that it is whole (null with fewer than two gaps)
WITH ranked AS (
    SELECT customer_key, gap,
        ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY gap NULLS LAST, business_date NULLS FIRST) AS place,
        CAST(COUNT(gap) OVER (PARTITION BY customer_key) AS BIGINT) AS gaps
    FROM purchase_gaps
),
middle AS (
    SELECT customer_key,
        CAST(SUM(CASE WHEN 2 * place = gaps OR 2 * place = gaps + 2 THEN gap WHEN 2 * place = gaps + 1 THEN 2 * gap
            ELSE 0 END) AS BIGINT) AS gap_days
    FROM ranked
    WHERE gap IS NOT NULL AND gaps >= 2
    GROUP BY customer_key
)
SELECT
    w.customer_key, w.customer_id, w.recency_days, w.span_days, w.purchase_days, w.monetary, w.recent_days,
    w.recent_money, w.decile, m.gap_days
FROM customers_worth AS w
LEFT JOIN middle AS m ON m.customer_key = w.customer_key
ORDER BY w.customer_id
