-- What did each customer buy on each day, where business accounts count as one?
-- Grain: one row per customer without an account, or account, and business date; guests together under a null customer_key.
-- customer_key    of the customer, or unit_key of the account
-- business_date, ym, dow, orders, lines, quantity, gross, returns, discounts, net   as in customer_day
SELECT
    COALESCE(k.unit_key, d.customer_key) AS customer_key,
    d.business_date, d.ym, d.dow,
    CAST(SUM(d.orders) AS BIGINT) AS orders,
    CAST(SUM(d.lines) AS BIGINT) AS lines,
    CAST(SUM(d.quantity) AS BIGINT) AS quantity,
    CAST(SUM(d.gross) AS BIGINT) AS gross,
    CAST(SUM(d.returns) AS BIGINT) AS returns,
    CAST(SUM(d.discounts) AS BIGINT) AS discounts,
    CAST(SUM(d.net) AS BIGINT) AS net
FROM customer_day AS d
LEFT JOIN unit_keys AS k ON k.customer_key = d.customer_key
GROUP BY COALESCE(k.unit_key, d.customer_key), d.business_date, d.ym, d.dow
