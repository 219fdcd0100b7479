-- How long after a campaign began, or was sent, did people do what they did?
-- Grain: one row per campaign, type of response and number of days.
-- campaign_id, type
-- days        from the customer's send (else the campaign's first day) to the first response of the type (0 = same day)
-- customers   people it was delivered to, who have had $longest days to answer
SELECT
    p.campaign_id, p.type,
    CAST(DATEDIFF('day', COALESCE(r.sent_on, CAST(w.first_on AS DATE)), p.replied_on) AS BIGINT) AS days,
    CAST(COUNT(*) AS BIGINT) AS customers
FROM campaigns_replies AS p
INNER JOIN campaigns_reached AS r ON r.campaign_id = p.campaign_id AND r.customer_key = p.customer_key
INNER JOIN campaign_windows AS w ON w.campaign_id = p.campaign_id AND w.window_no = 0
WHERE r.delivered = 1 AND r.arms = 1
    AND DATEDIFF('day', COALESCE(r.sent_on, CAST(w.first_on AS DATE)), CAST($as_of AS DATE)) > $longest
    AND p.replied_on >= COALESCE(r.sent_on, CAST(w.first_on AS DATE))
GROUP BY p.campaign_id, p.type,
    CAST(DATEDIFF('day', COALESCE(r.sent_on, CAST(w.first_on AS DATE)), p.replied_on) AS BIGINT)
ORDER BY p.campaign_id, p.type, days
