-- Which computed segment is each known customer in?
-- Grain: one row per known customer.
-- customer_key
-- recency_days, frequency, purchase_days, monetary, monetary_gross (minor units), r_score, f_score, m_score, rfm_segment
-- rule_segment   prospect (never bought), lapsed (longer ago than $lost_after_days), regular (4 purchase days or more),
--                occasional (2 or 3), first_timer (1): complete and exclusive
SELECT
    customer_key, recency_days, frequency, purchase_days, monetary, monetary_gross, r_score, f_score, m_score, rfm_segment,
    CASE
        WHEN frequency = 0 THEN 'prospect'
        WHEN recency_days > $lost_after_days THEN 'lapsed'
        WHEN purchase_days >= 4 THEN 'regular'
        WHEN purchase_days >= 2 THEN 'occasional'
        ELSE 'first_timer'
    END AS rule_segment
FROM customer_segment
