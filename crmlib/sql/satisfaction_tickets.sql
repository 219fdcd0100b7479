-- Which requests for help came since $first_day, or were still open then, and what became of each by the morning of $as_of?
-- Grain: one row per ticket opened before $as_of; without its words.
-- ym, opened_at, first_reply_at, resolved_at   UTC; a reply or an end on or after $as_of is not known yet (null)
-- customer_key                                 null: not linked to a customer
-- channel, category, resolution, reopened      as recorded; category, channel 'unknown' without one
-- score                                        how satisfied the customer was with the help; null: no answer
SELECT
    ym, opened_at,
    CASE WHEN first_reply_at < CAST($now AS TIMESTAMP) THEN first_reply_at ELSE NULL END AS first_reply_at,
    CASE WHEN resolved_at < CAST($now AS TIMESTAMP) THEN resolved_at ELSE NULL END AS resolved_at,
    customer_key, COALESCE(channel, 'unknown') AS channel, COALESCE(category, 'unknown') AS category,
    COALESCE(resolution, 'unknown') AS resolution, COALESCE(reopened, 0) AS reopened, score
FROM tickets
WHERE business_date < CAST($as_of AS DATE)
    AND (business_date >= CAST($first_day AS DATE) OR resolved_at IS NULL OR resolved_at >= CAST($first_time AS TIMESTAMP))
ORDER BY opened_at, customer_key NULLS LAST, category, channel, first_reply_at NULLS LAST, resolved_at NULLS LAST
