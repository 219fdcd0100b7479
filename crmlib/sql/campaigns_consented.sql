-- Who agreed to which channel, and has not taken it back, as known on the morning of $as_of?
-- Grain: one row per customer and channel.
-- customer_key
-- channel  mail, sms, line, post or phone
-- Silence is no consent here, unlike in contact_refusals, which is read for its noes.
WITH consent_yes AS (
    SELECT customer_key, 'mail' AS channel FROM customers WHERE opt_in_mail = TRUE
    UNION
    SELECT customer_key, 'sms' AS channel FROM customers WHERE opt_in_sms = TRUE
    UNION
    SELECT customer_key, 'line' AS channel FROM customers WHERE opt_in_line = TRUE
    UNION
    SELECT customer_key, 'post' AS channel FROM customers WHERE opt_in_post = TRUE
    UNION
    SELECT customer_key, 'phone' AS channel FROM customers WHERE opt_in_phone = TRUE
    UNION
    SELECT g.customer_key, g.channel
    FROM consents AS g
    WHERE g.granted = TRUE AND g.at < CAST($as_of AS TIMESTAMP) AND (g.purpose = $purpose OR g.purpose = 'all')
)
SELECT y.customer_key, y.channel
FROM consent_yes AS y
LEFT JOIN contact_refusals AS n ON n.customer_key = y.customer_key AND n.channel = y.channel
WHERE n.customer_key IS NULL AND y.customer_key IS NOT NULL
    AND (y.channel = 'mail' OR y.channel = 'sms' OR y.channel = 'line' OR y.channel = 'post' OR y.channel = 'phone')
ORDER BY y.customer_key, y.channel
