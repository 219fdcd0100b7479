-- Who answers campaigns: of each segment, how many were reached, and how many answered with more than opening it?
-- Grain: one row per campaign of the table campaign_spans (campaign_id, month_end) and segment.
-- campaign_id
-- rfm_segment   at the month end before the campaign began ('prospect': had not bought by then)
-- reached       customers to whom it was delivered, the control arm left out
-- answered      of these, with a click, visit, attendance, order or redemption before $as_of, each counted once
WITH reached AS (
    SELECT s.campaign_id, s.customer_key
    FROM sends AS s
    LEFT JOIN campaigns AS c ON c.campaign_id = s.campaign_id
    WHERE COALESCE(s.delivered, TRUE) AND COALESCE(s.arm, '') <> COALESCE(c.control_arm, 'holdout')
    GROUP BY s.campaign_id, s.customer_key
),
answered AS (
    SELECT campaign_id, customer_key
    FROM responses AS r
    WHERE type IN ('click', 'visit', 'attend', 'order', 'redeem')
        AND COALESCE(CAST(r.at AS DATE) < CAST($as_of AS DATE), TRUE)
    GROUP BY campaign_id, customer_key
)
SELECT
    r.campaign_id, COALESCE(h.rfm_segment, 'prospect') AS rfm_segment, CAST(COUNT(*) AS BIGINT) AS reached,
    CAST(SUM(CASE WHEN a.customer_key IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS answered
FROM campaign_spans AS s
INNER JOIN reached AS r ON r.campaign_id = s.campaign_id
LEFT JOIN segment_history AS h ON h.customer_key = r.customer_key AND h.month_end = CAST(s.month_end AS DATE)
LEFT JOIN answered AS a ON a.campaign_id = r.campaign_id AND a.customer_key = r.customer_key
GROUP BY r.campaign_id, COALESCE(h.rfm_segment, 'prospect')
ORDER BY r.campaign_id, rfm_segment
