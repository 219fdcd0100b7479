-- Who may not be contacted through which channel, as known on the morning of $as_of?
-- Grain: one row per customer_key and channel.
-- channel  mail, sms, line, post or phone
-- A no of today counts for every month, since the contact would be made now. A yes given on or after $as_of does not
-- undo an earlier no. Consents for the purpose $purpose count; where none is for it, all do.
WITH purposes AS (
    SELECT MAX(CASE WHEN purpose = $purpose THEN 1 ELSE 0 END) AS named FROM consents
),
channels AS (
    SELECT * FROM (VALUES ('mail'), ('sms'), ('line'), ('post'), ('phone')) AS v(channel)
),
counted AS (
    SELECT c.customer_key, c.purpose, v.channel, c.granted, c.at AS said_at
    FROM consents AS c
    CROSS JOIN purposes AS p
    INNER JOIN channels AS v ON c.channel = v.channel OR c.channel = 'all'
    WHERE c.at < CAST($as_of AS TIMESTAMP) AND (c.purpose = $purpose OR c.purpose = 'all' OR p.named = 0)
),
newest AS (
    SELECT
        customer_key, channel, granted,
        ROW_NUMBER() OVER (
            PARTITION BY customer_key, purpose, channel ORDER BY said_at DESC NULLS LAST,
                CASE WHEN granted THEN 1 ELSE 0 END
        ) AS place
    FROM counted
),
refused AS (
    SELECT customer_key, channel FROM newest WHERE place = 1 AND NOT granted
    UNION
    SELECT customer_key, 'mail' AS channel FROM customers WHERE opt_in_mail = FALSE
    UNION
    SELECT customer_key, 'sms' AS channel FROM customers WHERE opt_in_sms = FALSE
    UNION
    SELECT customer_key, 'line' AS channel FROM customers WHERE opt_in_line = FALSE
    UNION
    SELECT customer_key, 'post' AS channel FROM customers WHERE opt_in_post = FALSE
    UNION
    SELECT customer_key, 'phone' AS channel FROM customers WHERE opt_in_phone = FALSE
)
SELECT customer_key, channel
FROM refused
ORDER BY customer_key, channel
