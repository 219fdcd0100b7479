-- Who waits for an answer to a request?
-- Grain: one row per customer_key with a ticket opened from $ticket_from on and not resolved before $as_of.
-- opened_on   day the oldest of them was opened
SELECT customer_key, MIN(business_date) AS opened_on
FROM tickets
WHERE customer_key IS NOT NULL AND business_date >= CAST($ticket_from AS DATE)
    AND business_date < CAST($as_of AS DATE) AND COALESCE(resolved_at >= CAST($as_of AS TIMESTAMP), TRUE)
GROUP BY customer_key
ORDER BY customer_key
