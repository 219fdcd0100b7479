-- What did the people of each arm buy while the campaign ran, and as long before it?
-- Grain: one row per campaign and arm of those in campaign_windows, segment, and what was bought in both stretches.
-- campaign_id, arm
-- rfm_segment    at the month end before the campaign ('prospect': had not bought by then; 'all' where none is kept)
-- bought, net    purchase days (0 or 1: any), and net money (minor units), from the campaign's first day to its last
-- bought_before, net_before   the same one stretch of equal length earlier
-- customers      people with these
WITH arm_days AS (
    SELECT
        r.campaign_id, r.customer_key, r.arm,
        CASE WHEN w.month_end IS NULL THEN 'all' ELSE COALESCE(h.rfm_segment, 'prospect') END AS rfm_segment,
        MAX(CASE WHEN d.orders > 0 AND d.business_date >= CAST(w.first_on AS DATE) THEN 1 ELSE 0 END) AS bought,
        MAX(CASE WHEN d.orders > 0 AND d.business_date < CAST(w.first_on AS DATE) THEN 1 ELSE 0 END) AS bought_before,
        CAST(SUM(CASE WHEN d.business_date >= CAST(w.first_on AS DATE) THEN d.net ELSE 0 END) AS BIGINT) AS net,
        CAST(SUM(CASE WHEN d.business_date < CAST(w.first_on AS DATE) THEN d.net ELSE 0 END) AS BIGINT) AS net_before
    FROM campaigns_reached AS r
    INNER JOIN campaign_windows AS w ON w.campaign_id = r.campaign_id AND w.window_no = 0
    INNER JOIN campaign_windows AS v ON v.campaign_id = r.campaign_id AND v.window_no = -1
    LEFT JOIN segment_history AS h ON h.customer_key = r.customer_key AND h.month_end = CAST(w.month_end AS DATE)
    LEFT JOIN customer_day AS d ON d.customer_key = r.customer_key AND d.business_date >= CAST(v.first_on AS DATE)
        AND d.business_date <= CAST(w.last_on AS DATE) AND d.business_date < CAST($as_of AS DATE)
    WHERE r.arms = 1 AND w.design = 'arms'
    GROUP BY r.campaign_id, r.customer_key, r.arm,
        CASE WHEN w.month_end IS NULL THEN 'all' ELSE COALESCE(h.rfm_segment, 'prospect') END
)
SELECT campaign_id, arm, rfm_segment, bought, net, bought_before, net_before, CAST(COUNT(*) AS BIGINT) AS customers
FROM arm_days
GROUP BY campaign_id, arm, rfm_segment, bought, net, bought_before, net_before
ORDER BY campaign_id, arm, rfm_segment, bought, net, bought_before, net_before
