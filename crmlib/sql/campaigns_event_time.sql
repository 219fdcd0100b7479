-- Did those contacted and the others move alike before a campaign without a control arm?
-- Grain: one row per campaign, group and stretch as long as the campaign.
-- campaign_id
-- treated     1 = on the campaign's list
-- window_no   0 = the campaign, -1 = the stretch before it, …
-- people      customers known before        buyers   of these, with a purchase in it
SELECT
    k.campaign_id, k.treated, w.window_no, CAST(COUNT(DISTINCT k.customer_key) AS BIGINT) AS people,
    CAST(COUNT(DISTINCT CASE WHEN d.orders > 0 THEN k.customer_key ELSE NULL END) AS BIGINT) AS buyers
FROM campaigns_known AS k
INNER JOIN campaign_windows AS w ON w.campaign_id = k.campaign_id
LEFT JOIN customer_day AS d ON d.customer_key = k.customer_key AND d.business_date >= CAST(w.first_on AS DATE)
    AND d.business_date <= CAST(w.last_on AS DATE) AND d.business_date < CAST($as_of AS DATE)
GROUP BY k.campaign_id, k.treated, w.window_no
ORDER BY k.campaign_id, k.treated, w.window_no
