-- How often was each score given with each survey weight?
-- Grain: one row per metric, month, value and weight.
-- metric, ym (month), value (score), weight (above 0)         answers   valid answers with it
SELECT metric, ym, value, weight, CAST(COUNT(*) AS BIGINT) AS answers
FROM satisfaction_valid
WHERE weight > 0
GROUP BY metric, ym, value, weight
ORDER BY metric, ym, value, weight
