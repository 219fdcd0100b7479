-- How many reviews gave each number of stars between the months $first_month and $month?
-- Grain: one row per rating.
-- rating    stars            reviews   reviews before $as_of
SELECT rating, CAST(COUNT(*) AS BIGINT) AS reviews
FROM reviews
WHERE rating IS NOT NULL AND ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE)
GROUP BY rating
ORDER BY rating
