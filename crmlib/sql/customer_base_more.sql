-- When, how often and for how much did each customer buy, from what an earlier month end knew and the days since?
-- The same rows as customer_base of all history. What was known is the table base_before, rows of customer_base too.
-- Grain: one row per customer with a line in the mart before $as_of.
-- customer_key
-- first_order_on, last_order_on   business dates of the first and last purchase (null without a purchase)
-- recency_days      $as_of - last_order_on (days)
-- frequency         purchases            purchase_days   business dates with a purchase
-- monetary          net money (minor units)
-- monetary_gross    gross money (minor units)
-- spent             gross less discounts of the days with a purchase (minor units)
-- first_money       of the first of them (null without a purchase)
-- Sums and days only ever grow, so a month more reads that month of the mart and no other: customer_base from $since, the
-- first day that is not known.
SELECT
    COALESCE(b.customer_key, n.customer_key) AS customer_key,
    COALESCE(b.first_order_on, n.first_order_on) AS first_order_on,
    COALESCE(n.last_order_on, b.last_order_on) AS last_order_on,
    CAST(DATEDIFF('day', COALESCE(n.last_order_on, b.last_order_on), CAST($as_of AS DATE)) AS BIGINT) AS recency_days,
    COALESCE(b.frequency, 0) + COALESCE(n.frequency, 0) AS frequency,
    COALESCE(b.purchase_days, 0) + COALESCE(n.purchase_days, 0) AS purchase_days,
    COALESCE(b.monetary, 0) + COALESCE(n.monetary, 0) AS monetary,
    COALESCE(b.monetary_gross, 0) + COALESCE(n.monetary_gross, 0) AS monetary_gross,
    COALESCE(b.spent, 0) + COALESCE(n.spent, 0) AS spent,
    COALESCE(b.first_money, n.first_money) AS first_money
FROM base_before AS b
FULL JOIN customer_base AS n ON n.customer_key = b.customer_key
