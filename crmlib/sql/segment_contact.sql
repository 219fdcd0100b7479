-- How many of each cluster may not be contacted through which channel?
-- Grain: one row per cluster (table segment_labels) and channel that somebody of it refused.
-- cluster, channel (mail, sms, line, post, phone)
-- refused   customers who said no
SELECT s.cluster, r.channel, CAST(COUNT(*) AS BIGINT) AS refused
FROM contact_refusals AS r
INNER JOIN segment_labels AS s ON s.customer_key = r.customer_key
GROUP BY s.cluster, r.channel
ORDER BY s.cluster, r.channel
