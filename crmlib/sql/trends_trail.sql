-- Who did what, and when, on the site or in the app?
-- Grain: one row per event before $as_of.
-- happened_at (UTC), business_date, ym, type
-- person   customer_key; without one, that of the only customer ever seen under the same visitor_id; else the visitor behind
--          'visitor ' (null where nothing tells one visitor from another)
-- known    1 = the person is a customer, else 0
WITH paired AS (
    SELECT visitor_id, MIN(customer_key) AS customer_key, MAX(customer_key) AS other_key
    FROM events
    WHERE visitor_id IS NOT NULL AND customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
    GROUP BY visitor_id
),
owners AS (
    SELECT visitor_id, customer_key
    FROM paired
    WHERE customer_key = other_key
)
SELECT
    e.at AS happened_at, e.business_date, e.ym, e.type,
    COALESCE(e.customer_key, o.customer_key, 'visitor ' || e.visitor_id) AS person,
    CASE WHEN COALESCE(e.customer_key, o.customer_key) IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END
        AS known
FROM events AS e
LEFT JOIN owners AS o ON o.visitor_id = e.visitor_id
WHERE e.business_date < CAST($as_of AS DATE)
