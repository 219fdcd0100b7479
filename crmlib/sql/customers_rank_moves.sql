-- From which rank to which did members move between two days, and who of them bought since?
-- Grain: one row per pair of ranks that has members; the later of two ranks valid on a day counts.
-- from_rank   rank on the evening of $rank_from       to_rank   rank on the evening of $rank_to
-- customers   members with a rank on both             bought    of these, bought after $rank_to and before $as_of
WITH earlier AS (
    SELECT customer_key, MAX(valid_from) AS valid_from
    FROM ranks
    WHERE valid_from <= CAST($rank_from AS DATE) AND COALESCE(valid_to >= CAST($rank_from AS DATE), TRUE)
    GROUP BY customer_key
),
later AS (
    SELECT customer_key, MAX(valid_from) AS valid_from
    FROM ranks
    WHERE valid_from <= CAST($rank_to AS DATE) AND COALESCE(valid_to >= CAST($rank_to AS DATE), TRUE)
    GROUP BY customer_key
),
bought AS (
    SELECT customer_key
    FROM customer_day
    WHERE orders > 0 AND customer_key IS NOT NULL AND business_date > CAST($rank_to AS DATE)
        AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
)
SELECT
    a.rank AS from_rank, b.rank AS to_rank,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN t.customer_key IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS bought
FROM earlier AS e
INNER JOIN later AS l ON l.customer_key = e.customer_key
INNER JOIN ranks AS a ON a.customer_key = e.customer_key AND a.valid_from = e.valid_from
INNER JOIN ranks AS b ON b.customer_key = l.customer_key AND b.valid_from = l.valid_from
LEFT JOIN bought AS t ON t.customer_key = e.customer_key
GROUP BY a.rank, b.rank
ORDER BY from_rank, to_rank
