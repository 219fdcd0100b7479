-- Which campaigns were sent to customers, and when did each begin?
-- Grain: one row per campaign with a send before $as_of.
-- campaign_id, name, kind (of the table campaigns, null where it is not listed there)
-- start_on   its first day, else the day of the first send
WITH sent AS (
    SELECT campaign_id, MIN(CAST(s.at AS DATE)) AS first_on
    FROM sends AS s
    GROUP BY campaign_id
)
SELECT s.campaign_id, c.name, c.kind, COALESCE(CAST(c.starts_on AS DATE), s.first_on) AS start_on
FROM sent AS s
LEFT JOIN campaigns AS c ON c.campaign_id = s.campaign_id
WHERE COALESCE(CAST(c.starts_on AS DATE), s.first_on) < CAST($as_of AS DATE)
ORDER BY start_on, s.campaign_id
