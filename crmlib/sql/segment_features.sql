-- How does each buyer shop? The raw features from which clusters are found.
-- Grain: one row per customer with a purchase before $as_of (in the window, where one is set).
-- customer_key
-- recency_days, purchase_days, orders (purchases), gross, net (minor units)
-- quantity       pieces             discounts   money of discounts (minor units)
-- weekend        purchases on Saturday or Sunday
SELECT
    s.customer_key, s.recency_days, s.purchase_days,
    s.frequency AS orders, s.monetary_gross AS gross, s.monetary AS net,
    CAST(SUM(d.quantity) AS BIGINT) AS quantity,
    CAST(SUM(d.discounts) AS BIGINT) AS discounts,
    CAST(SUM(CASE WHEN d.dow >= 6 THEN d.orders ELSE 0 END) AS BIGINT) AS weekend
FROM customer_segment AS s
INNER JOIN customer_day AS d ON d.customer_key = s.customer_key
WHERE s.frequency > 0 AND d.business_date < CAST($as_of AS DATE) AND d.business_date >= CAST($since AS DATE)
GROUP BY s.customer_key, s.recency_days, s.purchase_days, s.frequency, s.monetary_gross, s.monetary
ORDER BY s.customer_key
