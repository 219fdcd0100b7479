-- What came of each arm, where the results of a campaign come ready-made?
-- Grain: one row per campaign, arm, outcome, segment and value; customers in one arm only.
-- campaign_id, arm, outcome, value
-- rfm_segment   at the month end before the campaign ('all' where none is kept)
-- customers     people with this value
WITH outcome_arms AS (
    SELECT campaign_id, customer_key, CAST(COUNT(DISTINCT arm) AS BIGINT) AS arms
    FROM campaign_outcomes
    GROUP BY campaign_id, customer_key
)
SELECT
    o.campaign_id, o.arm, o.outcome, o.value,
    CASE WHEN w.month_end IS NULL THEN 'all' ELSE COALESCE(h.rfm_segment, 'prospect') END AS rfm_segment,
    CAST(COUNT(*) AS BIGINT) AS customers
FROM campaign_outcomes AS o
INNER JOIN outcome_arms AS a ON a.campaign_id = o.campaign_id AND a.customer_key = o.customer_key
INNER JOIN campaign_windows AS w ON w.campaign_id = o.campaign_id AND w.window_no = 0
LEFT JOIN segment_history AS h ON h.customer_key = o.customer_key AND h.month_end = CAST(w.month_end AS DATE)
WHERE a.arms = 1 AND o.value IS NOT NULL
GROUP BY o.campaign_id, o.arm, o.outcome, o.value,
    CASE WHEN w.month_end IS NULL THEN 'all' ELSE COALESCE(h.rfm_segment, 'prospect') END
ORDER BY o.campaign_id, o.arm, o.outcome, rfm_segment, o.value
