-- How often, how soon after the last time, and with what result was each customer contacted?
-- Grain: one row per campaign and customer it was delivered to, of the campaigns in campaign_windows.
-- campaign_id, customer_key, channel
-- contact_on   day of the send, else the campaign's first day
-- nth          1 = the first of these contacts, 2 = the second, …
-- gap          days since the one before (null for the first)
-- closed       1 = the campaign is over on $as_of: whoever has not answered yet has had the time to
-- earlier      how many of the earlier ones were answered
-- answered     1 = clicked, visited, attended, ordered or redeemed; null where no answers of the channel are kept
-- opted_out    1 = asked to get no more; null where no such wishes of the channel are kept
WITH contact_replies AS (
    SELECT
        campaign_id, customer_key,
        MAX(CASE WHEN type = 'click' OR type = 'visit' OR type = 'attend' OR type = 'order' OR type = 'redeem'
            THEN 1 ELSE 0 END) AS answered,
        MAX(CASE WHEN type = 'opt_out' THEN 1 ELSE 0 END) AS opted_out
    FROM campaigns_replies
    GROUP BY campaign_id, customer_key
),
contact_made AS (
    SELECT
        r.campaign_id, r.customer_key, COALESCE(c.channel, '') AS channel,
        COALESCE(r.sent_on, CAST(w.first_on AS DATE)) AS contact_on,
        CASE WHEN CAST(w.last_on AS DATE) < CAST($as_of AS DATE) THEN 1 ELSE 0 END AS closed,
        CASE WHEN k.answers = 1 THEN COALESCE(p.answered, 0) ELSE NULL END AS answered,
        CASE WHEN k.opt_outs = 1 THEN COALESCE(p.opted_out, 0) ELSE NULL END AS opted_out
    FROM campaigns_reached AS r
    INNER JOIN campaign_windows AS w ON w.campaign_id = r.campaign_id AND w.window_no = 0
    LEFT JOIN campaigns AS c ON c.campaign_id = r.campaign_id
    LEFT JOIN contact_replies AS p ON p.campaign_id = r.campaign_id AND p.customer_key = r.customer_key
    LEFT JOIN campaigns_kept AS k ON k.channel = COALESCE(c.channel, '')
    WHERE r.delivered = 1
)
SELECT
    campaign_id, customer_key, channel, contact_on, closed, answered, opted_out,
    CAST(ROW_NUMBER() OVER (
        PARTITION BY customer_key ORDER BY contact_on NULLS FIRST, campaign_id NULLS FIRST) AS BIGINT) AS nth,
    CAST(DATEDIFF('day', LAG(contact_on) OVER (
        PARTITION BY customer_key ORDER BY contact_on NULLS FIRST, campaign_id NULLS FIRST), contact_on) AS BIGINT)
        AS gap,
    CAST(SUM(CASE WHEN answered = 1 THEN 1 ELSE 0 END) OVER (
        PARTITION BY customer_key ORDER BY contact_on NULLS FIRST, campaign_id NULLS FIRST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT)
        - CASE WHEN answered = 1 THEN 1 ELSE 0 END AS earlier
FROM contact_made
