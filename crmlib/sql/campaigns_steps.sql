-- How far did each campaign get with those it was sent to?
-- Grain: one row per campaign and arm other than the control; a customer in several arms counts in none.
-- campaign_id, arm
-- sent, delivered       customers; told: of how many the file says whether it was delivered
-- opened                of those delivered to: opened, or did anything that follows opening
-- clicked               clicked, visited, attended, ordered or redeemed
-- bought                ordered or redeemed, or an order carries the campaign
-- redeemed, opted_out   customers
-- answered              clicked or bought: the response
-- any_reply             of all sent to: any response of any type
WITH steps_replies AS (
    SELECT
        campaign_id, customer_key,
        MAX(CASE WHEN type = 'opt_out' THEN 0 ELSE 1 END) AS opened,
        MAX(CASE WHEN type = 'click' OR type = 'visit' OR type = 'attend' OR type = 'order' OR type = 'redeem'
            THEN 1 ELSE 0 END) AS clicked,
        MAX(CASE WHEN type = 'order' OR type = 'redeem' THEN 1 ELSE 0 END) AS bought,
        MAX(CASE WHEN type = 'redeem' THEN 1 ELSE 0 END) AS redeemed,
        MAX(CASE WHEN type = 'opt_out' THEN 1 ELSE 0 END) AS opted_out
    FROM campaigns_replies
    GROUP BY campaign_id, customer_key
),
steps_orders AS (
    SELECT o.campaign_id, o.customer_key
    FROM orders AS o
    WHERE o.campaign_id IS NOT NULL AND o.customer_key IS NOT NULL AND o.business_date < CAST($as_of AS DATE)
        AND COALESCE(o.status, '') <> 'cancelled'
    GROUP BY o.campaign_id, o.customer_key
),
steps_people AS (
    SELECT
        r.campaign_id, r.arm, r.delivered, r.told, CASE WHEN p.customer_key IS NULL THEN 0 ELSE 1 END AS any_reply,
        CASE WHEN r.delivered = 1 AND (COALESCE(p.opened, 0) = 1 OR o.customer_key IS NOT NULL) THEN 1 ELSE 0 END
            AS opened,
        CASE WHEN r.delivered = 1 AND (COALESCE(p.clicked, 0) = 1 OR o.customer_key IS NOT NULL) THEN 1 ELSE 0 END
            AS clicked,
        CASE WHEN r.delivered = 1 AND (COALESCE(p.bought, 0) = 1 OR o.customer_key IS NOT NULL) THEN 1 ELSE 0 END
            AS bought,
        CASE WHEN r.delivered = 1 AND COALESCE(p.redeemed, 0) = 1 THEN 1 ELSE 0 END AS redeemed,
        CASE WHEN r.delivered = 1 AND COALESCE(p.opted_out, 0) = 1 THEN 1 ELSE 0 END AS opted_out
    FROM campaigns_reached AS r
    LEFT JOIN steps_replies AS p ON p.campaign_id = r.campaign_id AND p.customer_key = r.customer_key
    LEFT JOIN steps_orders AS o ON o.campaign_id = r.campaign_id AND o.customer_key = r.customer_key
    WHERE r.held = 0 AND r.arms = 1
)
SELECT
    campaign_id, arm, CAST(COUNT(*) AS BIGINT) AS sent, CAST(SUM(delivered) AS BIGINT) AS delivered,
    CAST(SUM(told) AS BIGINT) AS told,
    CAST(SUM(opened) AS BIGINT) AS opened, CAST(SUM(clicked) AS BIGINT) AS clicked,
    CAST(SUM(bought) AS BIGINT) AS bought, CAST(SUM(redeemed) AS BIGINT) AS redeemed,
    CAST(SUM(opted_out) AS BIGINT) AS opted_out, CAST(SUM(clicked) AS BIGINT) AS answered,
    CAST(SUM(any_reply) AS BIGINT) AS any_reply
FROM steps_people
GROUP BY campaign_id, arm
ORDER BY campaign_id, arm
