-- Who has said yes to being contacted through which channel, and has not said no since?
-- Grain: one row per customer_key and channel.
-- channel  mail, sms, line, post or phone
-- A yes is a mark on the customer's record or a consent given before $as_of for the purpose $purpose (where none is for it,
-- any); whoever has refused the channel is not among them, whenever that was.
WITH marks AS (
    SELECT MAX(CASE WHEN purpose = $purpose THEN 1 ELSE 0 END) AS named FROM consents
),
ways AS (
    SELECT * FROM (VALUES ('mail'), ('sms'), ('line'), ('post'), ('phone')) AS v(channel)
),
consented AS (
    SELECT DISTINCT c.customer_key, w.channel
    FROM consents AS c
    CROSS JOIN marks AS m
    INNER JOIN ways AS w ON c.channel = w.channel OR c.channel = 'all'
    WHERE c.granted AND c.at < CAST($as_of AS TIMESTAMP)
        AND (c.purpose = $purpose OR c.purpose = 'all' OR m.named = 0)
),
agreed AS (
    SELECT customer_key, 'mail' AS channel FROM customers WHERE opt_in_mail = TRUE
    UNION ALL
    SELECT customer_key, 'sms' AS channel FROM customers WHERE opt_in_sms = TRUE
    UNION ALL
    SELECT customer_key, 'line' AS channel FROM customers WHERE opt_in_line = TRUE
    UNION ALL
    SELECT customer_key, 'post' AS channel FROM customers WHERE opt_in_post = TRUE
    UNION ALL
    SELECT customer_key, 'phone' AS channel FROM customers WHERE opt_in_phone = TRUE
    UNION ALL
    -- A mark of yes is there already, one of no is a refusal.
    SELECT c.customer_key, c.channel
    FROM consented AS c
    LEFT JOIN customers AS k ON k.customer_key = c.customer_key
    WHERE CASE
        WHEN c.channel = 'mail' THEN k.opt_in_mail WHEN c.channel = 'sms' THEN k.opt_in_sms
        WHEN c.channel = 'line' THEN k.opt_in_line WHEN c.channel = 'post' THEN k.opt_in_post
        ELSE k.opt_in_phone END IS NULL
)
SELECT a.customer_key, a.channel
FROM agreed AS a
LEFT JOIN contact_refused AS r ON r.customer_key = a.customer_key AND r.channel = a.channel
WHERE r.customer_key IS NULL
ORDER BY a.customer_key, a.channel
