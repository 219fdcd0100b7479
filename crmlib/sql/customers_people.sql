-- Who are the buyers: what is recorded of each, and how they buy?
-- Grain: one row per known customer with a purchase.
-- customer_key, type, gender, occupation, income_band, prefecture, city, rank, first_channel, status, birth_year
-- industry, size_band, revenue_band   of their business account (null without one)
-- rfm_segment, r_score, f_score, m_score   as in customer_segment
SELECT
    s.customer_key, c.type, c.gender, c.occupation, c.income_band, c.prefecture, c.city, c.rank, c.first_channel,
    c.status, c.birth_year, a.industry, a.size_band, a.revenue_band, s.rfm_segment, s.r_score, s.f_score, s.m_score
FROM customer_segment AS s
INNER JOIN customers AS c ON c.customer_key = s.customer_key
LEFT JOIN accounts AS a ON a.account_id = c.account_id
WHERE s.frequency > 0
ORDER BY s.customer_key
