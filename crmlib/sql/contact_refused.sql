-- Who has taken back or refused a consent to a channel, and given none since?
-- Grain: one row per customer_key and channel.
-- channel  mail, sms, line, post or phone
-- Of the consents given before $as_of the newest of each purpose counts, a no before a yes of the same moment: those for the
-- purpose $purpose, where none is for it, all. Whoever answered a campaign by opting out has refused its channel (all where it
-- has none), until a later yes among the consents.
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
left_lists AS (
    SELECT r.customer_key, v.channel, r.at AS left_at
    FROM responses AS r
    LEFT JOIN campaigns AS g ON g.campaign_id = r.campaign_id
    INNER JOIN channels AS v ON g.channel = v.channel OR g.channel IS NULL
    WHERE r.type = 'opt_out' AND r.customer_key IS NOT NULL
),
said_no AS (
    SELECT customer_key, channel FROM newest WHERE place = 1 AND NOT granted
    UNION ALL
    SELECT l.customer_key, l.channel
    FROM left_lists AS l
    LEFT JOIN counted AS y ON y.customer_key = l.customer_key AND y.channel = l.channel AND y.granted
        AND y.said_at > l.left_at
    WHERE y.customer_key IS NULL
)
SELECT DISTINCT customer_key, channel
FROM said_no
ORDER BY customer_key, channel
