-- What did those choose who gave each answer to another question?
-- Grain: one row per question and other question named in the small table satisfaction_crosses (key, dimension), answer to
-- the other and choice; and one per question and answer to the other.
-- key (of the question), dimension (key of the other), level (its choice)
-- choice    null: everybody who answered both           people   known customers
WITH paired_choices AS (
    SELECT c.key, o.key AS dimension, o.choice AS level, c.choice, c.customer_key
    FROM satisfaction_choices AS c
    INNER JOIN satisfaction_crosses AS x ON x.key = c.key
    INNER JOIN satisfaction_choices AS o ON o.customer_key = c.customer_key AND o.key = x.dimension
)
SELECT key, dimension, level, choice, CAST(COUNT(*) AS BIGINT) AS people
FROM paired_choices
GROUP BY key, dimension, level, choice
UNION ALL
SELECT
    key, dimension, level, CAST(NULL AS VARCHAR) AS choice, CAST(COUNT(DISTINCT customer_key) AS BIGINT) AS people
FROM paired_choices
GROUP BY key, dimension, level
ORDER BY key, dimension, level, choice NULLS LAST
