-- Who may not be contacted through which channel, as known on the morning of $as_of?
-- Grain: one row per customer_key and channel.
-- channel  mail, sms, line, post or phone
-- A no of today counts for every month, since the contact would be made now. A yes given on or after $as_of does not
-- undo an earlier no. Consents for the purpose $purpose count; where none is for it, all do.
WITH refused AS (
    SELECT customer_key, channel FROM contact_refused
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
