-- Which valid answer of each month is a person's last one?
-- Grain: one row per valid answer to a declared question, before $as_of.
-- metric, ym (month), customer_key (null: anonymous), survey_id
-- value     score                        weight   of the answer; null without one
-- place     1: the person's last valid one in the month; an anonymous answer is a person of its own. At the same time
--           the later survey_id counts, then the lower value
SELECT
    metric, ym, customer_key, survey_id, value, weight,
    CASE
        WHEN customer_key IS NULL THEN 1
        ELSE ROW_NUMBER() OVER (
            PARTITION BY metric, ym, customer_key
            ORDER BY answered_at DESC NULLS LAST, survey_id DESC NULLS LAST, value ASC NULLS LAST
        )
    END AS place
FROM satisfaction_answers
WHERE state = 'valid'
