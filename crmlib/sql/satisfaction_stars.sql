-- How often was each number of stars given in each month?
-- Grain: one row per month and rating, before $as_of.
-- ym (month), rating (null: no stars), reviews
SELECT ym, rating, CAST(COUNT(*) AS BIGINT) AS reviews
FROM reviews
WHERE business_date < CAST($as_of AS DATE)
GROUP BY ym, rating
ORDER BY ym, rating NULLS LAST
