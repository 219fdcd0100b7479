-- Which details of each customer contradict each other?
-- Grain: one row per rule and known customer of whom what the rule compares is known.
-- rule      age_possible (aged 0 to 110 on $as_of), born_before_joining, joined_before_buying, updated_after_joining,
--           (both with a day's grace: who joins and buys after midnight buys on the business day before, and
--           updated_at is UTC), postal_prefecture (by the first two digits; areas that cross a border are not compared)
-- customer_id (the source's text)   wrong   1 where they contradict, else 0
-- net       of the customer in the month $month (minor units)
-- The small table postal_areas holds postal2, prefecture, and with its three digits what crosses a border (postal3).
WITH known AS (
    SELECT
        customer_id, birth_year, registered_on, updated_at, postal3, prefecture, first_ever_on, net,
        YEAR(CAST($as_of AS DATE)) - birth_year AS age
    FROM quality_details
)
SELECT 'age_possible' AS rule, customer_id, CASE WHEN age BETWEEN 0 AND 110 THEN 0 ELSE 1 END AS wrong, net
FROM known
WHERE birth_year IS NOT NULL
UNION ALL
SELECT
    'born_before_joining' AS rule, customer_id,
    CASE WHEN birth_year <= YEAR(registered_on) THEN 0 ELSE 1 END AS wrong, net
FROM known
WHERE birth_year IS NOT NULL AND registered_on IS NOT NULL
UNION ALL
SELECT
    'joined_before_buying' AS rule, customer_id,
    CASE WHEN DATEDIFF('day', first_ever_on, registered_on) <= 1 THEN 0 ELSE 1 END AS wrong, net
FROM known
WHERE registered_on IS NOT NULL AND first_ever_on < CAST($as_of AS DATE)
UNION ALL
SELECT
    'updated_after_joining' AS rule, customer_id,
    CASE WHEN DATEDIFF('day', CAST(updated_at AS DATE), registered_on) <= 1 THEN 0 ELSE 1 END AS wrong, net
FROM known
WHERE registered_on IS NOT NULL AND updated_at IS NOT NULL
UNION ALL
SELECT
    'postal_prefecture' AS rule, k.customer_id,
    CASE WHEN a.prefecture = k.prefecture THEN 0 ELSE 1 END AS wrong, k.net
FROM known AS k
INNER JOIN postal_areas AS a ON a.postal2 = SUBSTR(k.postal3, 1, 2) AND a.postal3 IS NULL
LEFT JOIN postal_areas AS x ON x.postal3 = SUBSTR(k.postal3, 1, 3)
WHERE x.postal3 IS NULL AND k.prefecture IN (SELECT prefecture FROM postal_areas)
