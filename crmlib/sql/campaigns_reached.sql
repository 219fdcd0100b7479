-- Who is on the list of each campaign, in which arm, and did it get there?
-- Grain: one row per campaign and customer with a send that is not dated on or after $as_of.
-- campaign_id, customer_key
-- arm         the customer's arm ('' where the file names none; the first by name of one in several)
-- arms        in how many arms the customer is (more than 1: left out of every comparison)
-- held        1 = in the control arm ($control_arm where the campaign names none)
-- sent_on     local day of the first send, null where the file has no time
-- delivered   1 = a message was delivered, or nothing is said of it; 0 for the control arm
-- told        1 = the file says of a message whether it was delivered
WITH reached_arms AS (
    SELECT
        s.campaign_id, s.customer_key, COALESCE(s.arm, '') AS arm,
        MIN(COALESCE(CAST(k.local_day AS DATE), CAST(s.at AS DATE))) AS sent_on,
        MAX(CASE WHEN COALESCE(s.delivered, TRUE) THEN 1 ELSE 0 END) AS delivered,
        MAX(CASE WHEN s.delivered IS NULL THEN 0 ELSE 1 END) AS told
    FROM sends AS s
    LEFT JOIN campaign_clock AS k ON CAST(k.utc_day AS DATE) = CAST(s.at AS DATE) AND k.utc_hour = HOUR(s.at)
    WHERE s.customer_key IS NOT NULL
        AND COALESCE(COALESCE(CAST(k.local_day AS DATE), CAST(s.at AS DATE)) < CAST($as_of AS DATE), TRUE)
    GROUP BY s.campaign_id, s.customer_key, COALESCE(s.arm, '')
)
SELECT
    r.campaign_id, r.customer_key, MIN(r.arm) AS arm, CAST(COUNT(*) AS BIGINT) AS arms,
    MIN(CASE WHEN r.arm = COALESCE(c.control_arm, $control_arm) THEN 1 ELSE 0 END) AS held,
    MIN(r.sent_on) AS sent_on,
    MAX(CASE WHEN r.arm = COALESCE(c.control_arm, $control_arm) THEN 0 ELSE r.delivered END) AS delivered, MAX(r.told) AS told
FROM reached_arms AS r
LEFT JOIN campaigns AS c ON c.campaign_id = r.campaign_id
GROUP BY r.campaign_id, r.customer_key
