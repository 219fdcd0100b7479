-- What does a forecast need of each customer's purchases, from what an earlier month end knew and the days since?
-- The same rows as outlook_base. What was known is the table base_before, rows of outlook_base too;
-- the days since are read by outlook_base from $since, the first day that is not known.
-- Grain: one row per customer with a line in the mart before $as_of.
-- customer_key
-- first_order_on, last_order_on   business dates of the first and last purchase (null without a purchase)
-- purchase_days     business dates with a purchase
-- spent             gross less discounts of these days (minor units)         first_money   of the first of them
-- monetary          net money (minor units)
SELECT
    COALESCE(b.customer_key, n.customer_key) AS customer_key,
    COALESCE(b.first_order_on, n.first_order_on) AS first_order_on,
    COALESCE(n.last_order_on, b.last_order_on) AS last_order_on,
    COALESCE(b.purchase_days, 0) + COALESCE(n.purchase_days, 0) AS purchase_days,
    COALESCE(b.spent, 0) + COALESCE(n.spent, 0) AS spent,
    COALESCE(b.first_money, n.first_money) AS first_money,
    COALESCE(b.monetary, 0) + COALESCE(n.monetary, 0) AS monetary
FROM base_before AS b
FULL JOIN outlook_base AS n ON n.customer_key = b.customer_key
