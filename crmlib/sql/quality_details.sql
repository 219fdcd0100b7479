-- What is known of each customer's details, and how much of the month's sales hangs on them?
-- Grain: one row per customer of the list of customers.
-- customer_id (the source's text), birth_year, registered_on, updated_at, postal3, prefecture, as recorded
-- first_ever_on   business date of the first purchase (null without one)
-- net             of the customer in the month $month (minor units)
WITH month_net AS (
    SELECT customer_key, CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND ym = $month AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
)
SELECT
    s.customer_id, c.birth_year, c.registered_on, c.updated_at, c.postal3, c.prefecture, s.first_ever_on,
    COALESCE(b.net, 0) AS net
FROM customer_segment AS s
INNER JOIN customers AS c ON c.customer_key = s.customer_key
LEFT JOIN month_net AS b ON b.customer_key = s.customer_key
