-- What happened on the site and in the app in each month, and by whom?
-- Grain: one row per month and type of event.
-- ym, type
-- events         such events              known_events   of these, by a known customer
-- visitors       different visitors       customers      of these, known customers
SELECT
    ym, type,
    CAST(COUNT(*) AS BIGINT) AS events,
    CAST(SUM(known) AS BIGINT) AS known_events,
    CAST(COUNT(DISTINCT person) AS BIGINT) AS visitors,
    CAST(COUNT(DISTINCT CASE WHEN known = 1 THEN person ELSE CAST(NULL AS VARCHAR) END) AS BIGINT) AS customers
FROM trends_trail
GROUP BY ym, type
ORDER BY ym, type
