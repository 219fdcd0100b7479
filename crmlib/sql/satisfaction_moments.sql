-- At which moments did a customer say or show how content they were?
-- Grain: one row per moment of a known customer before $as_of.
-- kind          answer (valid, to a declared metric) | contact (with the staff) | ticket (request for help)
-- metric        of an answer, '' otherwise
-- customer_key, happened_at, happened_on (business date), place_in (survey of an answer, '' otherwise)
-- value         answer: score; contact: 1 positive, -1 negative, 0 without a label; ticket: minutes to the first reply
-- telling       1; 0: a contact without a label
SELECT
    'answer' AS kind, metric, customer_key, answered_at AS happened_at, answered_on AS happened_on,
    COALESCE(survey_id, '') AS place_in, CAST(value AS DOUBLE) AS value, 1 AS telling
FROM satisfaction_answers
WHERE state = 'valid' AND customer_key IS NOT NULL
UNION ALL
SELECT
    'contact' AS kind, '' AS metric, i.customer_key, i.at AS happened_at, i.business_date AS happened_on,
    '' AS place_in,
    CAST(CASE WHEN label = 'positive' THEN 1 WHEN label = 'negative' THEN -1 ELSE 0 END AS DOUBLE) AS value,
    CASE WHEN label IN ('positive', 'negative') THEN 1 ELSE 0 END AS telling
FROM interactions AS i
WHERE i.business_date < CAST($as_of AS DATE) AND i.customer_key IS NOT NULL
UNION ALL
SELECT
    'ticket' AS kind, '' AS metric, customer_key, opened_at AS happened_at, business_date AS happened_on,
    '' AS place_in, CAST(DATEDIFF('minute', opened_at, first_reply_at) AS DOUBLE) AS value, 1 AS telling
FROM tickets
WHERE business_date < CAST($as_of AS DATE) AND customer_key IS NOT NULL AND first_reply_at >= opened_at
    AND first_reply_at < CAST($as_of AS TIMESTAMP)
