-- Whose ready-made results are there: everybody's of an arm, or only those of people who answered?
-- Grain: one row per campaign with ready-made results, and arm.
-- campaign_id, arm
-- people      customers with a result                both_arms   of these, in several arms
-- replied     of these, with any response            sent        customers of this arm in the table sends
WITH result_arms AS (
    SELECT campaign_id, customer_key, arm FROM campaign_outcomes GROUP BY campaign_id, customer_key, arm
),
result_several AS (
    SELECT campaign_id, customer_key, CAST(COUNT(*) AS BIGINT) AS arms
    FROM result_arms
    GROUP BY campaign_id, customer_key
),
result_repliers AS (
    SELECT campaign_id, customer_key FROM campaigns_replies GROUP BY campaign_id, customer_key
),
result_sent AS (
    SELECT campaign_id, arm, CAST(COUNT(*) AS BIGINT) AS sent FROM campaigns_reached GROUP BY campaign_id, arm
)
SELECT
    r.campaign_id, r.arm, CAST(COUNT(*) AS BIGINT) AS people,
    CAST(SUM(CASE WHEN v.arms > 1 THEN 1 ELSE 0 END) AS BIGINT) AS both_arms,
    CAST(SUM(CASE WHEN p.customer_key IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS replied,
    COALESCE(MAX(s.sent), 0) AS sent
FROM result_arms AS r
INNER JOIN result_several AS v ON v.campaign_id = r.campaign_id AND v.customer_key = r.customer_key
LEFT JOIN result_repliers AS p ON p.campaign_id = r.campaign_id AND p.customer_key = r.customer_key
LEFT JOIN result_sent AS s ON s.campaign_id = r.campaign_id AND s.arm = r.arm
GROUP BY r.campaign_id, r.arm
ORDER BY r.campaign_id, r.arm
