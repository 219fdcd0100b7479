-- What has each buyer brought, in all and in the last twelve months, in which tenth are they, and for how long have they stayed?
-- Grain: one row per known customer with a purchase before $as_of; all history, whatever window scores look at.
-- customer_key, customer_id (the source's text)
-- recency_days     $as_of - last purchase (days)       span_days   first to last purchase (days)
-- purchase_days    business dates with a purchase
-- monetary         net of all history (minor units)
-- recent_days      purchase days of the last year      recent_money   net of the last year (minor units)
-- decile           tenth of the buyers of the last year with net sales: 1 = highest, ties by id, ten groups equal but for one, the
--                  larger ones first; null for the others
-- base_year_ago: the rows of customer_base a year ago. What came since is the difference, as days and money only add up.
WITH since AS (
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
),
counted AS (
    SELECT *, CASE WHEN recent_days > 0 AND recent_money > 0 THEN 1 ELSE 0 END AS brought
    FROM since
)
SELECT
    customer_key, customer_id, recency_days, span_days, purchase_days, monetary, recent_days, recent_money,
    CASE
        WHEN brought = 1 THEN CAST(NTILE(10) OVER (
            PARTITION BY brought ORDER BY recent_money DESC NULLS LAST, customer_id ASC NULLS LAST) AS BIGINT)
        ELSE CAST(NULL AS BIGINT)
    END AS decile
FROM counted
