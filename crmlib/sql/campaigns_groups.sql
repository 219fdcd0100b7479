-- Who answers: which segments, through which channels, and those who answered before?
-- Grain: one row per attribute and level.
-- attribute   segment (at the month end before the campaign), channel, earlier (answers to earlier contacts)
-- level       its value; of earlier: first (no contact before), none, some
-- contacts    campaigns that are over times customers they were delivered to
-- followed    of these, where answers are kept
-- answered    of these, answered with more than opening
WITH group_levels AS (
    SELECT 'segment' AS attribute, COALESCE(h.rfm_segment, 'prospect') AS level, c.closed, c.answered
    FROM campaigns_contacts AS c
    INNER JOIN campaign_windows AS w ON w.campaign_id = c.campaign_id AND w.window_no = 0
    LEFT JOIN segment_history AS h ON h.customer_key = c.customer_key AND h.month_end = CAST(w.month_end AS DATE)
    WHERE w.month_end IS NOT NULL
    UNION ALL
    SELECT 'channel' AS attribute, c.channel AS level, c.closed, c.answered FROM campaigns_contacts AS c
    UNION ALL
    SELECT
        'earlier' AS attribute,
        CASE WHEN c.nth = 1 THEN 'first' WHEN c.earlier = 0 THEN 'none' ELSE 'some' END AS level, c.closed,
        c.answered
    FROM campaigns_contacts AS c
)
SELECT attribute, level, CAST(COUNT(*) AS BIGINT) AS contacts, CAST(COUNT(answered) AS BIGINT) AS followed,
    CAST(SUM(CASE WHEN answered = 1 THEN 1 ELSE 0 END) AS BIGINT) AS answered
FROM group_levels
WHERE closed = 1
GROUP BY attribute, level
ORDER BY attribute, level
