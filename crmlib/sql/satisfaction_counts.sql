-- How often was each score given in each month, by all answers and by each person's last one?
-- Grain: one row per metric, month, state and value.
-- metric, ym (month), state (valid | empty | unknown_label | out_of_scale), value (null unless valid)
-- answers   all of them
-- people    those that are the person's last valid one in the month (see satisfaction_valid)
WITH counted AS (
    SELECT
        metric, ym, 'valid' AS state, value,
        CAST(COUNT(*) AS BIGINT) AS answers,
        CAST(SUM(CASE WHEN place = 1 THEN 1 ELSE 0 END) AS BIGINT) AS people
    FROM satisfaction_valid
    GROUP BY metric, ym, value
    UNION ALL
    SELECT
        metric, ym, state, CAST(NULL AS DOUBLE) AS value,
        CAST(COUNT(*) AS BIGINT) AS answers,
        CAST(0 AS BIGINT) AS people
    FROM satisfaction_answers
    WHERE state <> 'valid'
    GROUP BY metric, ym, state
)
SELECT metric, ym, state, value, answers, people
FROM counted
ORDER BY metric, ym, state, value NULLS LAST
