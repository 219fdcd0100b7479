-- Which campaigns were there, when, for whom, and what does not fit together in their records?
-- Grain: one row per campaign of the tables campaigns, sends, responses and campaign_outcomes.
-- campaign_id, name, kind, channel, starts_on, ends_on, cost (minor units), control_arm   as listed
-- listed       1 = in the table campaigns
-- first_sent, last_sent   local days of its sends
-- people       customers on its list                 held      of these, in the control arm alone
-- both_arms    customers in several arms             delivered customers it was delivered to
-- groups       arms other than the control arm
-- early        customers with a send before its first day
-- unsent       customers with a response but no send (0 where it has no sends at all)
-- outcome_people   customers with a ready-made outcome
WITH list_ids AS (
    SELECT campaign_id FROM campaigns
    UNION
    SELECT campaign_id FROM campaigns_reached
    UNION
    SELECT campaign_id FROM campaigns_replies
    UNION
    SELECT campaign_id FROM campaign_outcomes
),
list_sent AS (
    SELECT
        r.campaign_id, MIN(r.sent_on) AS first_sent, MAX(r.sent_on) AS last_sent, CAST(COUNT(*) AS BIGINT) AS people,
        CAST(SUM(CASE WHEN r.held = 1 AND r.arms = 1 THEN 1 ELSE 0 END) AS BIGINT) AS held,
        CAST(SUM(CASE WHEN r.arms > 1 THEN 1 ELSE 0 END) AS BIGINT) AS both_arms,
        CAST(COUNT(DISTINCT CASE WHEN r.held = 0 AND r.arms = 1 THEN r.arm ELSE NULL END) AS BIGINT) AS groups,
        CAST(SUM(CASE WHEN r.delivered = 1 THEN 1 ELSE 0 END) AS BIGINT) AS delivered,
        CAST(SUM(CASE WHEN r.sent_on < CAST(c.starts_on AS DATE) THEN 1 ELSE 0 END) AS BIGINT) AS early
    FROM campaigns_reached AS r
    LEFT JOIN campaigns AS c ON c.campaign_id = r.campaign_id
    GROUP BY r.campaign_id
),
list_repliers AS (
    SELECT campaign_id, customer_key FROM campaigns_replies GROUP BY campaign_id, customer_key
),
list_unsent AS (
    SELECT p.campaign_id, CAST(COUNT(*) AS BIGINT) AS unsent
    FROM list_repliers AS p
    LEFT JOIN campaigns_reached AS r ON r.campaign_id = p.campaign_id AND r.customer_key = p.customer_key
    WHERE r.customer_key IS NULL
    GROUP BY p.campaign_id
),
list_outcomes AS (
    SELECT campaign_id, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS outcome_people
    FROM campaign_outcomes
    GROUP BY campaign_id
)
SELECT
    i.campaign_id, c.name, c.kind, c.channel, CAST(c.starts_on AS DATE) AS starts_on,
    CAST(c.ends_on AS DATE) AS ends_on, c.cost, c.control_arm, CASE WHEN c.campaign_id IS NULL THEN 0 ELSE 1 END AS listed,
    s.first_sent, s.last_sent,
    COALESCE(s.people, 0) AS people, COALESCE(s.held, 0) AS held,
    COALESCE(s.groups, 0) AS groups, COALESCE(s.both_arms, 0) AS both_arms,
    COALESCE(s.delivered, 0) AS delivered, COALESCE(s.early, 0) AS early,
    CASE WHEN s.people IS NULL THEN 0 ELSE COALESCE(u.unsent, 0) END AS unsent,
    COALESCE(o.outcome_people, 0) AS outcome_people
FROM list_ids AS i
LEFT JOIN campaigns AS c ON c.campaign_id = i.campaign_id
LEFT JOIN list_sent AS s ON s.campaign_id = i.campaign_id
LEFT JOIN list_unsent AS u ON u.campaign_id = i.campaign_id
LEFT JOIN list_outcomes AS o ON o.campaign_id = i.campaign_id
WHERE i.campaign_id IS NOT NULL
ORDER BY i.campaign_id
