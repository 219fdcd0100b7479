-- Which customers are known on $as_of, and in which RFM segment is each?
-- Grain: one row per known customer (customers and orders together, guests without an id not), prospects included.
-- customer_key, customer_id (the source's text)
-- first_order_on, last_order_on, recency_days, r_score, f_score, m_score   of customer_rfm, null for those who never bought
-- frequency, purchase_days, monetary, monetary_gross   of customer_rfm, 0 for those who never bought
-- rfm_segment   code of the segment map (table rfm_map); 'prospect' without a purchase in the window
-- first_ever_on   business date of the first purchase in all history (null without one)
WITH ever AS (
    SELECT
        customer_key,
        MIN(CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS first_ever_on,
        MIN(business_date) AS first_seen_on
    FROM customer_day
    WHERE customer_key IS NOT NULL
    GROUP BY customer_key
)
SELECT
    c.customer_key, c.customer_id, e.first_ever_on, s.first_order_on, s.last_order_on, s.recency_days,
    COALESCE(s.frequency, 0) AS frequency, COALESCE(s.purchase_days, 0) AS purchase_days,
    COALESCE(s.monetary, 0) AS monetary, COALESCE(s.monetary_gross, 0) AS monetary_gross,
    s.r_score, s.f_score, s.m_score,
    COALESCE(m.rfm_segment, 'prospect') AS rfm_segment
FROM customers AS c
LEFT JOIN ever AS e ON e.customer_key = c.customer_key
LEFT JOIN customer_rfm AS s ON s.customer_key = c.customer_key
LEFT JOIN rfm_map AS m ON m.r_score = s.r_score AND m.f_score = s.f_score AND m.m_score = s.m_score
WHERE COALESCE(c.registered_on < CAST($as_of AS DATE), e.first_seen_on < CAST($as_of AS DATE), TRUE)
    OR e.first_seen_on < CAST($as_of AS DATE)
