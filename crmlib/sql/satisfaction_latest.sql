-- What was each known customer's last valid answer to $metric from $first_month to $month?
-- Grain: one row per known customer with one.
-- customer_key, value (score), answered_on
WITH placed_answers AS (
    SELECT
        customer_key, value, answered_on,
        ROW_NUMBER() OVER (
            PARTITION BY customer_key
            ORDER BY answered_at DESC NULLS LAST, survey_id DESC NULLS LAST, value ASC NULLS LAST
        ) AS place
    FROM satisfaction_answers
    WHERE metric = $metric AND state = 'valid' AND customer_key IS NOT NULL
        AND ym >= $first_month AND ym <= $month
)
SELECT customer_key, value, answered_on
FROM placed_answers
WHERE place = 1
