-- How many contacts did campaigns make on each day, and what came of them?
-- Grain: one row per day of contacts.
-- contact_on
-- contacts, answered, opted_out   numbers of contacts
SELECT
    contact_on, CAST(COUNT(*) AS BIGINT) AS contacts, CAST(SUM(answered) AS BIGINT) AS answered,
    CAST(SUM(opted_out) AS BIGINT) AS opted_out
FROM campaigns_contacts
GROUP BY contact_on
ORDER BY contact_on
