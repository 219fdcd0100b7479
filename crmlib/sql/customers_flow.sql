-- Who bought, came for the first time, came back or was lost in each month, and who makes up the base?
-- Grain: one row per month of the small table months_seen (ym, start_on, as_of_on: first day not seen, alive_from: the
-- earliest last purchase that is not yet lost at the start, alive_to: the same at as_of_on).
-- ym           the month
-- active       known customers with a purchase in the month
-- first_time   of these, those whose first purchase ever it was
-- returned     of these, those who were lost at the start of the month
-- passing      of first_time and returned, those already lost again at its end (none unless lost_after_days < a month)
-- base_before  known customers not lost at the start     base   the same at the end
-- lost         of base_before, those no longer in base
-- buyers_ever  known customers who ever bought until the end of the month
-- repeaters    of these, those who bought twice or more ($frequency: on two days, or in two orders)
WITH bought AS (
    SELECT
        customer_key, ym, MIN(business_date) AS first_on, MAX(business_date) AS last_on,
        CAST(SUM(CASE WHEN $frequency = 'orders' THEN orders ELSE 1 END) AS BIGINT) AS times
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key, ym
),
spells AS (
    SELECT
        ym, last_on, times,
        ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY ym ASC NULLS FIRST) AS nth,
        LAG(times) OVER (PARTITION BY customer_key ORDER BY ym ASC NULLS FIRST) AS times_before,
        LAG(last_on) OVER (PARTITION BY customer_key ORDER BY ym ASC NULLS FIRST) AS before_on,
        LEAD(first_on) OVER (PARTITION BY customer_key ORDER BY ym ASC NULLS FIRST) AS next_first_on,
        LEAD(last_on) OVER (PARTITION BY customer_key ORDER BY ym ASC NULLS FIRST) AS next_last_on
    FROM bought
),
arrived AS (
    SELECT
        m.ym,
        CAST(COUNT(*) AS BIGINT) AS active,
        CAST(SUM(CASE WHEN s.before_on IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS first_time,
        CAST(SUM(CASE WHEN s.before_on < m.alive_from THEN 1 ELSE 0 END) AS BIGINT) AS returned,
        CAST(SUM(CASE WHEN (s.before_on IS NULL OR s.before_on < m.alive_from) AND s.last_on < m.alive_to THEN 1 ELSE 0
            END) AS BIGINT) AS passing
    FROM months_seen AS m
    INNER JOIN spells AS s ON s.ym = m.ym
    GROUP BY m.ym
),
stayed AS (
    SELECT
        m.ym,
        CAST(COUNT(*) AS BIGINT) AS base_before,
        CAST(SUM(CASE WHEN COALESCE(CASE WHEN s.next_first_on < m.as_of_on THEN s.next_last_on ELSE NULL END, s.last_on)
            < m.alive_to THEN 1 ELSE 0 END) AS BIGINT) AS lost
    FROM months_seen AS m
    INNER JOIN spells AS s ON s.last_on >= m.alive_from AND s.last_on < m.start_on
        AND (s.next_first_on IS NULL OR s.next_first_on >= m.start_on)
    GROUP BY m.ym
),
alive AS (
    SELECT m.ym, CAST(COUNT(*) AS BIGINT) AS base
    FROM months_seen AS m
    INNER JOIN spells AS s ON s.last_on >= m.alive_to AND s.last_on < m.as_of_on
        AND (s.next_first_on IS NULL OR s.next_first_on >= m.as_of_on)
    GROUP BY m.ym
),
begun AS (
    SELECT
        ym,
        CAST(SUM(CASE WHEN nth = 1 THEN 1 ELSE 0 END) AS BIGINT) AS first_buyers,
        CAST(SUM(CASE WHEN (nth = 1 AND times > 1) OR (nth = 2 AND times_before = 1) THEN 1 ELSE 0 END) AS BIGINT)
            AS second_buyers
    FROM spells
    WHERE nth <= 2
    GROUP BY ym
),
ever AS (
    SELECT
        m.ym,
        CAST(SUM(g.first_buyers) AS BIGINT) AS buyers_ever,
        CAST(SUM(g.second_buyers) AS BIGINT) AS repeaters
    FROM months_seen AS m
    INNER JOIN begun AS g ON g.ym <= m.ym
    GROUP BY m.ym
)
SELECT
    m.ym,
    COALESCE(a.active, 0) AS active, COALESCE(a.first_time, 0) AS first_time, COALESCE(a.returned, 0) AS returned,
    COALESCE(a.passing, 0) AS passing, COALESCE(s.base_before, 0) AS base_before, COALESCE(b.base, 0) AS base,
    COALESCE(s.lost, 0) AS lost, COALESCE(e.buyers_ever, 0) AS buyers_ever, COALESCE(e.repeaters, 0) AS repeaters
FROM months_seen AS m
LEFT JOIN arrived AS a ON a.ym = m.ym
LEFT JOIN stayed AS s ON s.ym = m.ym
LEFT JOIN alive AS b ON b.ym = m.ym
LEFT JOIN ever AS e ON e.ym = m.ym
ORDER BY m.ym
