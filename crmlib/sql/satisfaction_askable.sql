-- Who of the buyers has answered the question $metric from $first_month to $month, and who may be asked next through $channel?
-- Grain: one row per known customer who has ever bought.
-- customer_key, customer_id, rfm_segment
-- told       1: a valid answer in these months
-- asked      surveys the customer was invited to in these months      came   of these, those with a valid answer
-- askable    1: has not told, was not invited on or after $invited_since, has refused neither $channel nor, for the purpose
--            $survey_purpose, to be asked
-- place      of those askable, in an order drawn by lot within the segment: by the hash of key and month
WITH answered_metric AS (
    SELECT customer_key
    FROM satisfaction_answers
    WHERE metric = $metric AND state = 'valid' AND customer_key IS NOT NULL
        AND ym >= $first_month AND ym <= $month
    GROUP BY customer_key
),
answered_surveys AS (
    SELECT customer_key, survey_id
    FROM satisfaction_answers
    WHERE metric = $metric AND state = 'valid' AND customer_key IS NOT NULL
    GROUP BY customer_key, survey_id
),
invited_surveys AS (
    SELECT
        customer_key, survey_id,
        MAX(CASE WHEN ym >= $first_month AND ym <= $month THEN 1 ELSE 0 END) AS lately,
        MAX(business_date) AS newest_on
    FROM survey_invitations
    WHERE business_date < CAST($as_of AS DATE) AND customer_key IS NOT NULL
    GROUP BY customer_key, survey_id
),
invitations AS (
    SELECT
        i.customer_key,
        CAST(SUM(i.lately) AS BIGINT) AS asked,
        CAST(SUM(CASE WHEN r.customer_key IS NULL THEN 0 ELSE i.lately END) AS BIGINT) AS came,
        MAX(i.newest_on) AS newest_on
    FROM invited_surveys AS i
    LEFT JOIN answered_surveys AS r ON r.customer_key = i.customer_key AND r.survey_id = i.survey_id
    GROUP BY i.customer_key
),
survey_consents AS (
    SELECT
        c.customer_key, c.granted,
        ROW_NUMBER() OVER (
            PARTITION BY c.customer_key, c.channel
            ORDER BY c.at DESC NULLS LAST, CASE WHEN c.granted THEN 1 ELSE 0 END ASC NULLS LAST
        ) AS newest
    FROM consents AS c
    WHERE c.purpose = $survey_purpose AND (c.channel = $channel OR c.channel = 'all')
        AND c.at < CAST($as_of AS TIMESTAMP)
),
unwilling AS (
    SELECT customer_key FROM contact_refusals WHERE channel = $channel
    UNION
    SELECT customer_key FROM survey_consents WHERE newest = 1 AND NOT granted
),
flagged AS (
    SELECT
        s.customer_key, s.customer_id, s.rfm_segment,
        CASE WHEN a.customer_key IS NULL THEN 0 ELSE 1 END AS told,
        CASE WHEN i.asked IS NULL THEN 0 ELSE i.asked END AS asked,
        CASE WHEN i.came IS NULL THEN 0 ELSE i.came END AS came,
        CASE
            WHEN a.customer_key IS NULL AND u.customer_key IS NULL
                AND (i.newest_on IS NULL OR i.newest_on < CAST($invited_since AS DATE)) THEN 1
            ELSE 0
        END AS askable
    FROM customer_segment AS s
    LEFT JOIN answered_metric AS a ON a.customer_key = s.customer_key
    LEFT JOIN invitations AS i ON i.customer_key = s.customer_key
    LEFT JOIN unwilling AS u ON u.customer_key = s.customer_key
    WHERE s.first_ever_on IS NOT NULL
)
SELECT
    customer_key, customer_id, rfm_segment, told, asked, came, askable,
    ROW_NUMBER() OVER (
        PARTITION BY rfm_segment, askable
        ORDER BY MD5(customer_key || $month) ASC NULLS LAST, customer_key ASC NULLS LAST
    ) AS place
FROM flagged
