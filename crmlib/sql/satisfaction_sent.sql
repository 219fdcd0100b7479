-- Through which channels were customers asked so far, the most frequent first?
-- Grain: one row per channel of invitations before $as_of.
-- channel   code                                       invitations   how many
SELECT channel, CAST(COUNT(*) AS BIGINT) AS invitations
FROM survey_invitations
WHERE channel IS NOT NULL AND business_date < CAST($as_of AS DATE)
GROUP BY channel
ORDER BY invitations DESC NULLS LAST, channel ASC NULLS LAST
