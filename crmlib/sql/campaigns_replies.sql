-- Who did what after each campaign, and when for the first time?
-- Grain: one row per campaign, customer and type of response before $as_of.
-- campaign_id, customer_key
-- type         open, click, visit, attend, order, redeem, opt_out, or the shop's own
-- replied_on   local day of the first, null where the file has no time
-- times        how often
SELECT
    r.campaign_id, r.customer_key, r.type,
    MIN(COALESCE(CAST(k.local_day AS DATE), CAST(r.at AS DATE))) AS replied_on, CAST(COUNT(*) AS BIGINT) AS times
FROM responses AS r
LEFT JOIN campaign_clock AS k ON CAST(k.utc_day AS DATE) = CAST(r.at AS DATE) AND k.utc_hour = HOUR(r.at)
WHERE r.customer_key IS NOT NULL
    AND COALESCE(COALESCE(CAST(k.local_day AS DATE), CAST(r.at AS DATE)) < CAST($as_of AS DATE), TRUE)
GROUP BY r.campaign_id, r.customer_key, r.type
