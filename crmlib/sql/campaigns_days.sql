-- How many contacts did campaigns make on each day, and what came of them?
-- Grain: one row per day of contacts.
-- contact_on
-- contacts    all of the day           running   of these, of campaigns that still run
-- followed    of campaigns that are over, where answers are kept           answered   of these
-- asked       of campaigns that are over, where wishes to get no more are kept   opted_out  of these
SELECT
    contact_on, CAST(COUNT(*) AS BIGINT) AS contacts, CAST(SUM(1 - closed) AS BIGINT) AS running,
    CAST(SUM(CASE WHEN closed = 1 AND answered IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS followed,
    CAST(SUM(CASE WHEN closed = 1 AND answered = 1 THEN 1 ELSE 0 END) AS BIGINT) AS answered,
    CAST(SUM(CASE WHEN closed = 1 AND opted_out IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS asked,
    CAST(SUM(CASE WHEN closed = 1 AND opted_out = 1 THEN 1 ELSE 0 END) AS BIGINT) AS opted_out
FROM campaigns_contacts
GROUP BY contact_on
ORDER BY contact_on
