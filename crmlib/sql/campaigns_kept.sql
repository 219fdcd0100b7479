-- Which kinds of answers does the shop keep of the campaigns of each channel?
-- Grain: one row per channel of campaigns ('' where a campaign has none) with any answer before $as_of.
-- channel
-- opens, clicks, orders, redeems, opt_outs   1 = at least one such answer is on record, 0 = none: it is not recorded
--              (clicks: visits and attendance too; orders: also orders that carry a campaign)
-- answers      1 = any response that answers: more than opening, and no wish to get no more
WITH kept_kinds AS (
    SELECT campaign_id, type FROM campaigns_replies GROUP BY campaign_id, type
    UNION ALL
    SELECT campaign_id, 'carried' AS type
    FROM orders
    WHERE campaign_id IS NOT NULL AND customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
    GROUP BY campaign_id
),
kept_flags AS (
    SELECT
        COALESCE(c.channel, '') AS channel, CASE WHEN k.type = 'open' THEN 1 ELSE 0 END AS opens,
        CASE WHEN k.type = 'click' OR k.type = 'visit' OR k.type = 'attend' THEN 1 ELSE 0 END AS clicks,
        CASE WHEN k.type = 'order' THEN 1 ELSE 0 END AS orders, CASE WHEN k.type = 'redeem' THEN 1 ELSE 0 END AS redeems,
        CASE WHEN k.type = 'carried' THEN 1 ELSE 0 END AS carried,
        CASE WHEN k.type = 'opt_out' THEN 1 ELSE 0 END AS opt_outs
    FROM kept_kinds AS k
    LEFT JOIN campaigns AS c ON c.campaign_id = k.campaign_id
)
SELECT
    channel, MAX(opens) AS opens, MAX(clicks) AS clicks, MAX(GREATEST(orders, carried)) AS orders,
    MAX(redeems) AS redeems, MAX(opt_outs) AS opt_outs, MAX(GREATEST(clicks, orders, redeems)) AS answers
FROM kept_flags
GROUP BY channel
ORDER BY channel
