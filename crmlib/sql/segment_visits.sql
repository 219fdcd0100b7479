-- On how many days did each customer visit site or app?
-- Grain: one row per known customer with an event from $since_year on, before $as_of.
-- customer_key
-- web_days   days with an event
SELECT customer_key, CAST(COUNT(DISTINCT business_date) AS BIGINT) AS web_days
FROM events
WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE) AND business_date >= CAST($since_year AS DATE)
GROUP BY customer_key
