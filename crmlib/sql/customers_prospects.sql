-- Of those on record, how many have never bought, by the day they joined?
-- Grain: one row per day of joining (null where it is not known).
-- registered_on   the day          customers   known customers who joined then
-- prospects       of these, without a purchase before $as_of, in all history
SELECT
    c.registered_on,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN s.first_ever_on < CAST($as_of AS DATE) THEN 0 ELSE 1 END) AS BIGINT) AS prospects
FROM customer_segment AS s
INNER JOIN customers AS c ON c.customer_key = s.customer_key
GROUP BY c.registered_on
ORDER BY c.registered_on NULLS LAST
