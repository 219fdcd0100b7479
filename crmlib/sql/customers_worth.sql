-- What has each buyer brought, in all and in the last twelve months, and for how long have they stayed?
-- Grain: one row per known customer with a purchase before $as_of; all history, whatever window scores look at.
-- customer_key, customer_id (the source's text)
-- recency_days     $as_of - last purchase (days)       span_days   first to last purchase (days)
-- purchase_days    business dates with a purchase
-- monetary         net of all history (minor units)
-- recent_days      purchase days of the last year      recent_money   net of the last year (minor units)
-- base_year_ago: the rows of customer_base a year ago. What came since is the difference, as days and money only add up.
SELECT
    b.customer_key, c.customer_id, b.recency_days,
    CAST(DATEDIFF('day', b.first_order_on, b.last_order_on) AS BIGINT) AS span_days,
    b.purchase_days, b.monetary,
    b.purchase_days - COALESCE(y.purchase_days, 0) AS recent_days,
    b.monetary - COALESCE(y.monetary, 0) AS recent_money
FROM customer_base AS b
INNER JOIN customers AS c ON c.customer_key = b.customer_key
LEFT JOIN base_year_ago AS y ON y.customer_key = b.customer_key
WHERE b.purchase_days > 0
ORDER BY c.customer_id
