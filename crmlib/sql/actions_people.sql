-- What can a rule of contact ask of each customer's buying and record?
-- Grain: one row per known customer.
-- customer_key, customer_id (the source's text), account_id
-- recency_days, frequency, purchase_days, monetary, monetary_gross (minor units), r_score, f_score, m_score, rfm_segment
-- orders        purchases before $as_of            net          their net (minor units)
-- last_net      net of the last purchase day       last_orders  purchases on it
-- year_money    net from $since_year on            season_days  purchase days from $season_from to before $season_to
-- type, gender, occupation, income_band, prefecture, city, rank, first_channel, status, birth_year   attributes
WITH bought AS (
    SELECT
        d.customer_key,
        CAST(SUM(d.orders) AS BIGINT) AS orders,
        CAST(SUM(d.net) AS BIGINT) AS net,
        CAST(SUM(CASE WHEN d.business_date = g.last_order_on THEN d.net ELSE 0 END) AS BIGINT) AS last_net,
        CAST(SUM(CASE WHEN d.business_date = g.last_order_on THEN d.orders ELSE 0 END) AS BIGINT) AS last_orders,
        CAST(SUM(CASE WHEN d.business_date >= CAST($since_year AS DATE) THEN d.net ELSE 0 END) AS BIGINT) AS year_money,
        CAST(SUM(CASE WHEN d.orders > 0 AND d.business_date >= CAST($season_from AS DATE)
            AND d.business_date < CAST($season_to AS DATE) THEN 1 ELSE 0 END) AS BIGINT) AS season_days
    FROM customer_day AS d
    INNER JOIN customer_segment AS g ON g.customer_key = d.customer_key
    WHERE d.business_date < CAST($as_of AS DATE)
    GROUP BY d.customer_key
)
SELECT
    s.customer_key, s.customer_id, c.account_id, s.recency_days, s.frequency, s.purchase_days, s.monetary,
    s.monetary_gross, s.r_score, s.f_score, s.m_score, s.rfm_segment,
    COALESCE(b.orders, 0) AS orders, COALESCE(b.net, 0) AS net, COALESCE(b.last_net, 0) AS last_net,
    COALESCE(b.last_orders, 0) AS last_orders, COALESCE(b.year_money, 0) AS year_money,
    COALESCE(b.season_days, 0) AS season_days,
    c.type, c.gender, c.occupation, c.income_band, c.prefecture, c.city, c.rank, c.first_channel, c.status, c.birth_year
FROM customer_segment AS s
INNER JOIN customers AS c ON c.customer_key = s.customer_key
LEFT JOIN bought AS b ON b.customer_key = s.customer_key
ORDER BY s.customer_id, s.customer_key
