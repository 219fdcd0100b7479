-- Since when does each store sell, and until when did it?
-- Grain: one row per store that is listed or has an order before $as_of.
-- store_id, name
-- opened_on, closed_on   as the stores' table says (null: not recorded)
-- first_on, last_on      first and last business date with an order before $as_of that is not cancelled
WITH sold AS (
    SELECT store_id, MIN(business_date) AS first_on, MAX(business_date) AS last_on
    FROM orders
    WHERE store_id IS NOT NULL AND business_date < CAST($as_of AS DATE) AND COALESCE(status, '') <> 'cancelled'
    GROUP BY store_id
),
named AS (
    SELECT store_id FROM sold
    UNION
    SELECT store_id FROM stores
)
SELECT n.store_id, t.name, t.opened_on, t.closed_on, s.first_on, s.last_on
FROM named AS n
LEFT JOIN stores AS t ON t.store_id = n.store_id
LEFT JOIN sold AS s ON s.store_id = n.store_id
ORDER BY n.store_id
