-- How often was each customer contacted from $contact_from on?
-- Grain: one row per customer_key with a message sent or a contact made before $as_of; those held out of a campaign are none.
-- contacts   messages and contacts            contacted_on   day of the last one
WITH made AS (
    SELECT s.customer_key, COALESCE(CAST(s.at AS DATE), CAST(c.starts_on AS DATE)) AS made_on
    FROM sends AS s
    INNER JOIN campaigns AS c ON c.campaign_id = s.campaign_id
    WHERE COALESCE(s.arm <> COALESCE(c.control_arm, 'holdout'), TRUE)
    UNION ALL
    SELECT customer_key, CAST(business_date AS DATE) AS made_on
    FROM interactions
    WHERE direction = 'out' AND customer_key IS NOT NULL
)
SELECT customer_key, CAST(COUNT(*) AS BIGINT) AS contacts, MAX(made_on) AS contacted_on
FROM made
WHERE made_on >= CAST($contact_from AS DATE) AND made_on < CAST($as_of AS DATE)
GROUP BY customer_key
ORDER BY customer_key
