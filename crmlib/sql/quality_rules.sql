-- Which details of customers contradict each other, and how much of the month's sales hangs on them?
-- Grain: one row per rule; a customer counts where what the rule compares is known.
-- rule      age_possible (aged 0 to 110 on $as_of), born_before_joining, joined_before_buying, updated_after_joining,
--           (both with a day's grace: who joins and buys after midnight buys on the business day before, and
--           updated_at is UTC), postal_prefecture (by the first two digits; areas that cross a border are not compared)
-- checked   customers known on $as_of of whom the details are known      broken   of these, those that contradict
-- sales     net money of the broken ones in the month $month (minor units)
-- The small table postal_areas holds postal2, prefecture, and with its three digits what crosses a border (postal3).
WITH bought AS (
    SELECT customer_key, CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND ym = $month AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
known AS (
    SELECT
        c.birth_year, c.registered_on, c.updated_at, c.postal3, c.prefecture, s.first_ever_on,
        YEAR(CAST($as_of AS DATE)) - c.birth_year AS age,
        COALESCE(b.net, 0) AS net
    FROM customer_segment AS s
    INNER JOIN customers AS c ON c.customer_key = s.customer_key
    LEFT JOIN bought AS b ON b.customer_key = s.customer_key
),
held AS (
    SELECT 'age_possible' AS rule, CASE WHEN age BETWEEN 0 AND 110 THEN 0 ELSE 1 END AS wrong, net
    FROM known
    WHERE birth_year IS NOT NULL
    UNION ALL
    SELECT
        'born_before_joining' AS rule,
        CASE WHEN birth_year <= YEAR(registered_on) THEN 0 ELSE 1 END AS wrong, net
    FROM known
    WHERE birth_year IS NOT NULL AND registered_on IS NOT NULL
    UNION ALL
    SELECT
        'joined_before_buying' AS rule,
        CASE WHEN DATEDIFF('day', first_ever_on, registered_on) <= 1 THEN 0 ELSE 1 END AS wrong, net
    FROM known
    WHERE registered_on IS NOT NULL AND first_ever_on < CAST($as_of AS DATE)
    UNION ALL
    SELECT
        'updated_after_joining' AS rule,
        CASE WHEN DATEDIFF('day', CAST(updated_at AS DATE), registered_on) <= 1 THEN 0 ELSE 1 END AS wrong, net
    FROM known
    WHERE registered_on IS NOT NULL AND updated_at IS NOT NULL
    UNION ALL
    SELECT
        'postal_prefecture' AS rule, CASE WHEN a.prefecture = k.prefecture THEN 0 ELSE 1 END AS wrong, k.net
    FROM known AS k
    INNER JOIN postal_areas AS a ON a.postal2 = SUBSTR(k.postal3, 1, 2) AND a.postal3 IS NULL
    LEFT JOIN postal_areas AS x ON x.postal3 = SUBSTR(k.postal3, 1, 3)
    WHERE x.postal3 IS NULL AND k.prefecture IN (SELECT prefecture FROM postal_areas)
)
SELECT
    rule,
    CAST(COUNT(*) AS BIGINT) AS checked,
    CAST(SUM(wrong) AS BIGINT) AS broken,
    CAST(SUM(CASE WHEN wrong = 1 THEN net ELSE 0 END) AS BIGINT) AS sales
FROM held
GROUP BY rule
ORDER BY rule
