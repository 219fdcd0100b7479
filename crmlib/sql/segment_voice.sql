-- What did each customer last answer?
-- Grain: one row per customer with a valid answer to the metric $metric from $since_year on, before $as_of.
-- customer_key
-- score   value of the last one; of those given at the same time, the lowest
WITH answered AS (
    SELECT
        customer_key, value,
        ROW_NUMBER() OVER (
            PARTITION BY customer_key ORDER BY answered_at DESC NULLS LAST, value ASC NULLS LAST
        ) AS place
    FROM satisfaction_answers
    WHERE customer_key IS NOT NULL AND metric = $metric AND state = 'valid'
        AND answered_at >= CAST($since_year AS TIMESTAMP)
)
SELECT customer_key, CAST(value AS DOUBLE) AS score
FROM answered
WHERE place = 1
