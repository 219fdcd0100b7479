-- What did those contacted and the others buy while a campaign ran, and one and two stretches before?
-- Grain: one row per campaign, group, purchase days before, and what was bought in the three stretches.
-- campaign_id
-- treated         1 = on the campaign's list
-- prior           purchase days in the $prior_days days before the campaign's first day
-- bought, bought_1, bought_2   1 = bought while it ran, one stretch earlier, two stretches earlier
-- change, change_1   net money (minor units) of the campaign's stretch less the one before; of that less the one before
-- customers       people with these
WITH stretch_sales AS (
    SELECT
        k.campaign_id, k.customer_key, k.treated, k.prior,
        MAX(CASE WHEN d.orders > 0 AND w.window_no = 0 THEN 1 ELSE 0 END) AS bought,
        MAX(CASE WHEN d.orders > 0 AND w.window_no = -1 THEN 1 ELSE 0 END) AS bought_1,
        MAX(CASE WHEN d.orders > 0 AND w.window_no = -2 THEN 1 ELSE 0 END) AS bought_2,
        CAST(SUM(CASE WHEN d.net IS NULL THEN 0 WHEN w.window_no = 0 THEN d.net ELSE 0 END) AS BIGINT) AS net,
        CAST(SUM(CASE WHEN d.net IS NULL THEN 0 WHEN w.window_no = -1 THEN d.net ELSE 0 END) AS BIGINT) AS net_1,
        CAST(SUM(CASE WHEN d.net IS NULL THEN 0 WHEN w.window_no = -2 THEN d.net ELSE 0 END) AS BIGINT) AS net_2
    FROM campaigns_known AS k
    INNER JOIN campaign_windows AS w ON w.campaign_id = k.campaign_id AND w.window_no <= 0 AND w.window_no >= -2
    LEFT JOIN customer_day AS d ON d.customer_key = k.customer_key AND d.business_date >= CAST(w.first_on AS DATE)
        AND d.business_date <= CAST(w.last_on AS DATE) AND d.business_date < CAST($as_of AS DATE)
    GROUP BY k.campaign_id, k.customer_key, k.treated, k.prior
)
SELECT
    campaign_id, treated, prior, bought, bought_1, bought_2, net - net_1 AS change, net_1 - net_2 AS change_1,
    CAST(COUNT(*) AS BIGINT) AS customers
FROM stretch_sales
GROUP BY campaign_id, treated, prior, bought, bought_1, bought_2, net - net_1, net_1 - net_2
ORDER BY campaign_id, treated, prior, bought, bought_1, bought_2, change, change_1
