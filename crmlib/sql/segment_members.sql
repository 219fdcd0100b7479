-- What can a rule of the shop's own ask of a customer?
-- Grain: one row per known customer.
-- customer_key
-- recency_days, frequency, purchase_days, monetary, monetary_gross (minor units), r_score, f_score, m_score, rfm_segment
-- rule_segment   of segment_lifecycle: complete and exclusive
-- decile         tenth by net money since $since_year, 1 = highest, ties by id; null without a purchase or money in it
-- age            age reached in the year of $as_of (null outside 1 to 110)
-- type, gender, occupation, income_band, prefecture, city, rank, first_channel, status, birth_year   attributes
WITH recent AS (
    SELECT
        customer_key,
        CAST(SUM(orders) AS BIGINT) AS orders,
        CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
        AND business_date >= CAST($since_year AS DATE)
    GROUP BY customer_key
),
tenths AS (
    SELECT
        c.customer_key,
        CAST(NTILE(10) OVER (ORDER BY r.net DESC NULLS LAST, c.customer_id ASC NULLS LAST) AS BIGINT) AS decile
    FROM recent AS r
    INNER JOIN customers AS c ON c.customer_key = r.customer_key
    WHERE r.orders > 0 AND r.net > 0
)
SELECT
    s.customer_key, s.recency_days, s.frequency, s.purchase_days, s.monetary, s.monetary_gross,
    s.r_score, s.f_score, s.m_score, s.rfm_segment,
    s.rule_segment,
    t.decile,
    CASE WHEN YEAR(CAST($as_of AS DATE)) - c.birth_year BETWEEN 1 AND 110
        THEN CAST(YEAR(CAST($as_of AS DATE)) - c.birth_year AS BIGINT) ELSE NULL END AS age,
    c.type, c.gender, c.occupation, c.income_band, c.prefecture, c.city, c.rank, c.first_channel, c.status, c.birth_year
FROM segment_lifecycle AS s
INNER JOIN customers AS c ON c.customer_key = s.customer_key
LEFT JOIN tenths AS t ON t.customer_key = s.customer_key
ORDER BY s.customer_key
