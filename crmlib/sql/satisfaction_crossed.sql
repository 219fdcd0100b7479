-- What did each kind of customer choose?
-- Grain: one row per question, dimension and level named in the small table satisfaction_crosses (key, dimension), and
-- choice; and one per question, dimension and level.
-- key (of the question), dimension (attribute of customers), level (code; 'unknown' without one)
-- choice    null: everybody who chose anything          people   known customers
WITH long_kinds AS (
    SELECT customer_key, 'rfm_segment' AS dimension, rfm_segment AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'rank' AS dimension, member_rank AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'gender' AS dimension, gender AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'age_band' AS dimension, age_band AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'prefecture' AS dimension, prefecture AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'channel' AS dimension, channel AS level FROM satisfaction_kinds
),
crossed_choices AS (
    SELECT c.key, l.dimension, l.level, c.choice, c.customer_key
    FROM satisfaction_choices AS c
    INNER JOIN satisfaction_crosses AS x ON x.key = c.key
    INNER JOIN long_kinds AS l ON l.customer_key = c.customer_key AND l.dimension = x.dimension
)
SELECT key, dimension, level, choice, CAST(COUNT(*) AS BIGINT) AS people
FROM crossed_choices
GROUP BY key, dimension, level, choice
UNION ALL
SELECT
    key, dimension, level, CAST(NULL AS VARCHAR) AS choice, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS people
FROM crossed_choices
GROUP BY key, dimension, level
ORDER BY key, dimension, level, choice NULLS LAST
