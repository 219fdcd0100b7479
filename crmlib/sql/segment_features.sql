-- How does each buyer shop? What the features of clusters are made of: whole numbers and codes, no ratios.
-- Grain: one row per customer with a purchase before $as_of (from $since, where a window is set).
-- customer_key
-- recency_days, purchase_days, tenure_days ($as_of - first purchase), orders (purchases), gross, net (minor units)
-- quantity       pieces             lines       gross lines             discounts   money of discounts (minor units)
-- weekend        purchases on Saturday or Sunday
-- online, told   orders through the channels of the table segment_channels, orders whose channel is recorded
-- category_1, category_2, category_3, category_4, category_money   money of the goods of the categories $category_1 to
--                $category_4, and of all goods with a category (minor units; of $since and later)
-- web_days       days with a visit to site or app from $since_year on (null where no visit of anybody is recorded)
-- score          last answer to the question of $metric since $since_year, null without one
-- age            age reached in the year of $as_of (null outside 1 to 110)
-- type, gender, occupation, income_band, prefecture, rank, first_channel, status   attributes
WITH days AS (
    SELECT
        customer_key,
        CAST(SUM(quantity) AS BIGINT) AS quantity,
        CAST(SUM(lines) AS BIGINT) AS lines,
        CAST(SUM(discounts) AS BIGINT) AS discounts,
        CAST(SUM(CASE WHEN dow >= 6 THEN orders ELSE 0 END) AS BIGINT) AS weekend
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE) AND business_date >= CAST($since AS DATE)
    GROUP BY customer_key
),
visits AS (
    SELECT MAX(1) AS recorded FROM segment_visits
)
SELECT
    s.customer_key, s.recency_days, s.purchase_days,
    CAST(DATEDIFF('day', s.first_order_on, CAST($as_of AS DATE)) AS BIGINT) AS tenure_days,
    s.frequency AS orders, s.monetary_gross AS gross, s.monetary AS net,
    d.quantity, d.lines, d.discounts, d.weekend,
    COALESCE(o.online, 0) AS online, COALESCE(o.told, 0) AS told,
    COALESCE(m.category_1, 0) AS category_1, COALESCE(m.category_2, 0) AS category_2,
    COALESCE(m.category_3, 0) AS category_3, COALESCE(m.category_4, 0) AS category_4,
    COALESCE(m.category_money, 0) AS category_money,
    CASE WHEN a.recorded = 1 THEN COALESCE(w.web_days, 0) ELSE NULL END AS web_days,
    v.score,
    CASE WHEN YEAR(CAST($as_of AS DATE)) - c.birth_year BETWEEN 1 AND 110
        THEN CAST(YEAR(CAST($as_of AS DATE)) - c.birth_year AS BIGINT) ELSE NULL END AS age,
    c.type, c.gender, c.occupation, c.income_band, c.prefecture, c.rank, c.first_channel, c.status
FROM customer_segment AS s
INNER JOIN days AS d ON d.customer_key = s.customer_key
INNER JOIN customers AS c ON c.customer_key = s.customer_key
CROSS JOIN visits AS a
LEFT JOIN segment_online AS o ON o.customer_key = s.customer_key
LEFT JOIN segment_mix AS m ON m.customer_key = s.customer_key
LEFT JOIN segment_visits AS w ON w.customer_key = s.customer_key
LEFT JOIN segment_voice AS v ON v.customer_key = s.customer_key
WHERE s.frequency > 0
ORDER BY s.customer_key
