-- What can a rule of the shop's own ask of a customer?
-- Grain: one row per known customer.
-- customer_key
-- recency_days, frequency, purchase_days, monetary, monetary_gross (minor units), r_score, f_score, m_score, rfm_segment
-- type, gender, occupation, income_band, prefecture, city, rank, first_channel, status, birth_year   attributes
SELECT
    s.customer_key, s.recency_days, s.frequency, s.purchase_days, s.monetary, s.monetary_gross,
    s.r_score, s.f_score, s.m_score, s.rfm_segment,
    c.type, c.gender, c.occupation, c.income_band, c.prefecture, c.city, c.rank, c.first_channel, c.status, c.birth_year
FROM customer_segment AS s
INNER JOIN customers AS c ON c.customer_key = s.customer_key
ORDER BY s.customer_key
