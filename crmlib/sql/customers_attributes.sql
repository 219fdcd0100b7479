-- Who are the known customers, and what did each kind of customer bring in the month $month?
-- Grain: one row per attribute and level; a null level is those of whom it is not known. Birth years are made into age
-- bands by the analysis. Each attribute's rows add up to all customers known on $as_of.
-- attribute   gender, prefecture, city, rank, first_channel, type, occupation, income_band, status, birth_year, industry,
--             size_band, revenue_band (of their business account)
-- level       code or year, as text
-- customers   known customers            active   of these, those with a purchase in the month
-- sales       their net money in the month (minor units)
WITH bought AS (
    SELECT customer_key, CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND ym = $month AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
known AS (
    SELECT
        c.gender, c.prefecture, c.city, c.rank, c.first_channel, c.type, c.occupation, c.income_band, c.status,
        a.industry, a.size_band, a.revenue_band,
        CAST(c.birth_year AS VARCHAR) AS birth_year,
        COALESCE(b.net, 0) AS net,
        CASE WHEN b.orders > 0 THEN 1 ELSE 0 END AS active
    FROM customer_segment AS s
    INNER JOIN customers AS c ON c.customer_key = s.customer_key
    LEFT JOIN accounts AS a ON a.account_id = c.account_id
    LEFT JOIN bought AS b ON b.customer_key = s.customer_key
),
long_form AS (
    SELECT 'gender' AS attribute, gender AS level, active, net FROM known
    UNION ALL
    SELECT 'prefecture' AS attribute, prefecture AS level, active, net FROM known
    UNION ALL
    SELECT 'city' AS attribute, city AS level, active, net FROM known
    UNION ALL
    SELECT 'rank' AS attribute, rank AS level, active, net FROM known
    UNION ALL
    SELECT 'first_channel' AS attribute, first_channel AS level, active, net FROM known
    UNION ALL
    SELECT 'type' AS attribute, type AS level, active, net FROM known
    UNION ALL
    SELECT 'occupation' AS attribute, occupation AS level, active, net FROM known
    UNION ALL
    SELECT 'income_band' AS attribute, income_band AS level, active, net FROM known
    UNION ALL
    SELECT 'status' AS attribute, status AS level, active, net FROM known
    UNION ALL
    SELECT 'industry' AS attribute, industry AS level, active, net FROM known
    UNION ALL
    SELECT 'size_band' AS attribute, size_band AS level, active, net FROM known
    UNION ALL
    SELECT 'revenue_band' AS attribute, revenue_band AS level, active, net FROM known
    UNION ALL
    SELECT 'birth_year' AS attribute, birth_year AS level, active, net FROM known
)
SELECT
    attribute, level,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(active) AS BIGINT) AS active,
    CAST(SUM(net) AS BIGINT) AS sales
FROM long_form
GROUP BY attribute, level
ORDER BY attribute, level NULLS LAST
