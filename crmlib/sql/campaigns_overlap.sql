-- Did those contacted and the others buy alike before each campaign without a control arm?
-- Grain: one row per campaign, group and number of purchase days before.
-- campaign_id
-- treated     1 = on the campaign's list
-- prior       purchase days in the $prior_days days before the campaign's first day
-- customers   people with so many
SELECT campaign_id, treated, prior, CAST(COUNT(*) AS BIGINT) AS customers
FROM campaigns_known
GROUP BY campaign_id, treated, prior
ORDER BY campaign_id, treated, prior
