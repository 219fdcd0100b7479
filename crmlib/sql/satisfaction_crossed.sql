-- What did each kind of customer choose, and those who gave each answer to another question?
-- Grain: one row per question, dimension and level named in the small table satisfaction_crosses (key, dimension, asked), and
-- choice; and one per question, dimension and level.
-- key (of the question), dimension (attribute of customers or, where asked, key of another question)
-- level     code of the attribute ('unknown' without one), choice of the other question
-- choice    null: everybody who chose anything          people   known customers
WITH crossed_levels AS (
    SELECT customer_key, 'rfm_segment' AS dimension, FALSE AS asked, rfm_segment AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'rank' AS dimension, FALSE AS asked, member_rank AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'gender' AS dimension, FALSE AS asked, gender AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'age_band' AS dimension, FALSE AS asked, age_band AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'prefecture' AS dimension, FALSE AS asked, prefecture AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, 'channel' AS dimension, FALSE AS asked, channel AS level FROM satisfaction_kinds
    UNION ALL
    SELECT customer_key, key AS dimension, TRUE AS asked, choice AS level
    FROM satisfaction_choices
    WHERE customer_key IS NOT NULL
),
crossed_choices AS (
    SELECT c.key, l.dimension, l.level, c.choice, c.customer_key
    FROM satisfaction_choices AS c
    INNER JOIN satisfaction_crosses AS x ON x.key = c.key
    INNER JOIN crossed_levels AS l
        ON l.customer_key = c.customer_key AND l.dimension = x.dimension AND l.asked = x.asked
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
