-- Through which channels does the shop really reach its customers?
-- Grain: one row per channel of which something is recorded before $as_of.
-- channel   mail, sms, line, post or phone (a campaign may have others)
-- records   customers who were asked, consents, messages sent and contacts made
WITH seen AS (
    SELECT 'mail' AS channel FROM customers WHERE opt_in_mail IS NOT NULL
    UNION ALL
    SELECT 'sms' AS channel FROM customers WHERE opt_in_sms IS NOT NULL
    UNION ALL
    SELECT 'line' AS channel FROM customers WHERE opt_in_line IS NOT NULL
    UNION ALL
    SELECT 'post' AS channel FROM customers WHERE opt_in_post IS NOT NULL
    UNION ALL
    SELECT 'phone' AS channel FROM customers WHERE opt_in_phone IS NOT NULL
    UNION ALL
    SELECT g.channel FROM consents AS g WHERE g.at < CAST($as_of AS TIMESTAMP)
    UNION ALL
    SELECT c.channel
    FROM sends AS s
    INNER JOIN campaigns AS c ON c.campaign_id = s.campaign_id
    WHERE COALESCE(s.at < CAST($as_of AS TIMESTAMP), c.starts_on < CAST($as_of AS DATE), TRUE)
    UNION ALL
    SELECT i.channel FROM interactions AS i WHERE i.at < CAST($as_of AS TIMESTAMP) AND i.customer_key IS NOT NULL
)
SELECT channel, CAST(COUNT(*) AS BIGINT) AS records
FROM seen
WHERE channel IN ('mail', 'sms', 'line', 'post', 'phone')
GROUP BY channel
ORDER BY channel
