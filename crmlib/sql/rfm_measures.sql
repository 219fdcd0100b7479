-- What is known of each customer's buying? The base of restricted/customers.parquet.
-- Grain: one row per known customer; prospects and return-only customers have frequency 0 and no scores.
-- customer_key, customer_id (the source's text, the smallest after merging)
-- first_order_on, last_order_on (business dates), recency_days, frequency (purchases), purchase_days
-- monetary, monetary_gross (minor units), r_score, f_score, m_score (1-5), rfm_segment (code)
SELECT
    customer_key, customer_id, first_order_on, last_order_on, recency_days, frequency, purchase_days, monetary,
    monetary_gross, r_score, f_score, m_score, rfm_segment
FROM customer_segment
ORDER BY customer_id
