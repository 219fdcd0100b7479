-- How many of the messages sent from $sent_from to $as_of arrived?
-- Grain: one row.
-- told      messages of which it is known whether they arrived        bounced   of these, those that did not
SELECT
    CAST(COUNT(s.delivered) AS BIGINT) AS told,
    COALESCE(CAST(SUM(CASE WHEN s.delivered THEN 0 ELSE 1 END) AS BIGINT), 0) AS bounced
FROM sends AS s
WHERE s.delivered IS NOT NULL AND CAST(s.at AS DATE) >= CAST($sent_from AS DATE)
    AND CAST(s.at AS DATE) < CAST($as_of AS DATE)
