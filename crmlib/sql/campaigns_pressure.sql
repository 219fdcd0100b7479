-- What came of the first contact, the second, …, and of those that followed soon after another?
-- Grain: one row per place in the row of contacts, days since the one before, and contacts within $cap_days days.
-- nth         1 = first contact of the customer in this time, …
-- gap         days since the one before (null for the first)
-- within_cap  contacts in the $cap_days days that end with this one, itself included
-- contacts    numbers of contacts, of campaigns that are over
-- followed    of these, where answers are kept                          answered    of these
-- asked       of these, where wishes to get no more are kept            opted_out   of these
WITH pressure_near AS (
    SELECT a.campaign_id, a.customer_key, CAST(COUNT(*) AS BIGINT) AS within_cap
    FROM campaigns_contacts AS a
    INNER JOIN campaigns_contacts AS b ON b.customer_key = a.customer_key AND b.nth <= a.nth
    WHERE DATEDIFF('day', b.contact_on, a.contact_on) < $cap_days
    GROUP BY a.campaign_id, a.customer_key
)
SELECT
    c.nth, c.gap, n.within_cap, CAST(COUNT(*) AS BIGINT) AS contacts, CAST(COUNT(c.answered) AS BIGINT) AS followed,
    CAST(SUM(CASE WHEN c.answered = 1 THEN 1 ELSE 0 END) AS BIGINT) AS answered,
    CAST(COUNT(c.opted_out) AS BIGINT) AS asked,
    CAST(SUM(CASE WHEN c.opted_out = 1 THEN 1 ELSE 0 END) AS BIGINT) AS opted_out
FROM campaigns_contacts AS c
INNER JOIN pressure_near AS n ON n.campaign_id = c.campaign_id AND n.customer_key = c.customer_key
WHERE c.closed = 1
GROUP BY c.nth, c.gap, n.within_cap
ORDER BY c.nth, c.gap NULLS FIRST, n.within_cap
