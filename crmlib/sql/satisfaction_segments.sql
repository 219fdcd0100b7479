-- How did each kind of customer answer in the month $month?
-- Grain: one row per dimension, level, metric and value.
-- dimension   rfm_segment | rank | gender | age_band | prefecture | channel
-- level       code; 'unknown' where the customer, or this of the customer, is not known
-- metric, value (score)
-- answers     valid answers          people   those that are the person's last valid one in the month
WITH known_answers AS (
    SELECT
        v.metric, v.value, v.place, COALESCE(k.rfm_segment, 'unknown') AS rfm_segment,
        COALESCE(k.member_rank, 'unknown') AS member_rank, COALESCE(k.gender, 'unknown') AS gender,
        COALESCE(k.age_band, 'unknown') AS age_band, COALESCE(k.prefecture, 'unknown') AS prefecture,
        COALESCE(k.channel, 'unknown') AS channel
    FROM satisfaction_valid AS v
    LEFT JOIN satisfaction_kinds AS k ON k.customer_key = v.customer_key
    WHERE v.ym = $month
),
told_apart AS (
    SELECT 'rfm_segment' AS dimension, metric, rfm_segment AS level, value, place FROM known_answers
    UNION ALL
    SELECT 'rank' AS dimension, metric, member_rank AS level, value, place FROM known_answers
    UNION ALL
    SELECT 'gender' AS dimension, metric, gender AS level, value, place FROM known_answers
    UNION ALL
    SELECT 'age_band' AS dimension, metric, age_band AS level, value, place FROM known_answers
    UNION ALL
    SELECT 'prefecture' AS dimension, metric, prefecture AS level, value, place FROM known_answers
    UNION ALL
    SELECT 'channel' AS dimension, metric, channel AS level, value, place FROM known_answers
)
SELECT
    dimension, level, metric, value,
    CAST(COUNT(*) AS BIGINT) AS answers,
    CAST(SUM(CASE WHEN place = 1 THEN 1 ELSE 0 END) AS BIGINT) AS people
FROM told_apart
GROUP BY dimension, level, metric, value
ORDER BY dimension, level, metric, value
