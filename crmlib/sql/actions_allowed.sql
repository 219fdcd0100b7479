-- Through which channels may each customer be contacted?
-- Grain: one row per customer_key who has agreed to at least one channel.
-- may_mail, may_line, may_sms, may_post, may_phone   1 = agreed to, and not refused since (see contact_consents, for the purpose $purpose)
SELECT
    customer_key,
    MAX(CASE WHEN channel = 'mail' THEN 1 ELSE 0 END) AS may_mail,
    MAX(CASE WHEN channel = 'line' THEN 1 ELSE 0 END) AS may_line,
    MAX(CASE WHEN channel = 'sms' THEN 1 ELSE 0 END) AS may_sms,
    MAX(CASE WHEN channel = 'post' THEN 1 ELSE 0 END) AS may_post,
    MAX(CASE WHEN channel = 'phone' THEN 1 ELSE 0 END) AS may_phone
FROM contact_consents
GROUP BY customer_key
ORDER BY customer_key
