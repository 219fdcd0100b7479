-- Of whom are the details to be looked at, because they contradict each other or have not been looked at since $stale_before?
-- Grain: one row per reason and customer, a few of each reason, by customer_id.
-- reason   a rule of quality_held, or stale_details      customer_id (the source's text)
WITH pointed AS (
    SELECT rule AS reason, customer_id
    FROM quality_held
    WHERE wrong = 1
    UNION ALL
    SELECT 'stale_details' AS reason, customer_id
    FROM quality_details
    WHERE updated_at < CAST($stale_before AS TIMESTAMP)
),
placed AS (
    SELECT reason, customer_id, ROW_NUMBER() OVER (PARTITION BY reason ORDER BY customer_id NULLS LAST) AS place
    FROM pointed
)
SELECT reason, customer_id
FROM placed
WHERE place <= 5
ORDER BY reason, customer_id
