-- How many people of each segment said no to each channel?
-- Grain: one row per segment and channel that somebody refused (table segment_now: customer_key, rfm_segment).
-- rfm_segment   code            channel   mail, sms, line, post or phone            refused   people
SELECT s.rfm_segment, r.channel, CAST(COUNT(*) AS BIGINT) AS refused
FROM segment_now AS s
INNER JOIN contact_refusals AS r ON r.customer_key = s.customer_key
GROUP BY s.rfm_segment, r.channel
ORDER BY s.rfm_segment, r.channel
