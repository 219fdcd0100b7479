-- Since when does each customer buy, when did they last, and on how many days? As known at the end of a month.
-- Grain: one row per known customer with a purchase.
-- customer_key
-- first_ym, last_ym   months of the first and of the last purchase       last_on   last purchase day
-- purchase_days       business dates with a purchase
-- base_known: the rows of customer_base at that month end; month_days: the month (ym) of each business_date.
SELECT
    b.customer_key, f.ym AS first_ym, l.ym AS last_ym, CAST(b.last_order_on AS DATE) AS last_on, b.purchase_days
FROM base_known AS b
INNER JOIN month_days AS f ON CAST(f.business_date AS DATE) = CAST(b.first_order_on AS DATE)
INNER JOIN month_days AS l ON CAST(l.business_date AS DATE) = CAST(b.last_order_on AS DATE)
