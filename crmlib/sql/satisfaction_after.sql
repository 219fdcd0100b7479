-- What did customers buy in the $horizon_days days after a moment of the kind $kind (answers: to the question $metric)?
-- Grain: one row per known customer with such a moment from $first_day to the day before $last_day: the latest, one that
-- tells something before one that does not; $last_day lies so far back that the days after it are over on $as_of.
-- customer_key
-- value          the score given, or what the moment tells (see satisfaction_moments)
-- happened_on    its business date
-- bought         n1, n2, n3 (purchase days up to that day, up to 5), n6 (6 and more); n0: none yet
-- recency        d030, d090, d180 (days since the last purchase up to that day), older; never
-- spent_before   net of the 365 days up to that day      spent_after    net of the days after it; both minor units
-- days_after     purchase days after it, within $horizon_days
WITH latest AS (
    SELECT
        customer_key, value, happened_on,
        ROW_NUMBER() OVER (
            PARTITION BY customer_key
            ORDER BY telling DESC NULLS LAST, happened_at DESC NULLS LAST, place_in DESC NULLS LAST,
                value ASC NULLS LAST
        ) AS place
    FROM satisfaction_moments
    WHERE kind = $kind AND metric = $metric
        AND happened_on >= CAST($first_day AS DATE) AND happened_on < CAST($last_day AS DATE)
),
joined AS (
    SELECT
        l.customer_key, l.value, l.happened_on,
        MAX(CASE WHEN d.orders > 0 AND d.business_date <= l.happened_on THEN d.business_date ELSE NULL END) AS last_on,
        CAST(SUM(CASE WHEN d.orders > 0 AND d.business_date <= l.happened_on THEN 1 ELSE 0 END)
            AS BIGINT) AS days_before,
        CAST(SUM(CASE WHEN d.business_date <= l.happened_on
            AND DATEDIFF('day', d.business_date, l.happened_on) < 365 THEN d.net ELSE 0 END)
            AS BIGINT) AS spent_before,
        CAST(SUM(CASE WHEN d.orders > 0 AND d.business_date > l.happened_on
            AND DATEDIFF('day', l.happened_on, d.business_date) <= $horizon_days THEN 1 ELSE 0 END)
            AS BIGINT) AS days_after,
        CAST(SUM(CASE WHEN d.business_date > l.happened_on
            AND DATEDIFF('day', l.happened_on, d.business_date) <= $horizon_days THEN d.net ELSE 0 END)
            AS BIGINT) AS spent_after
    FROM latest AS l
    LEFT JOIN customer_day AS d ON d.customer_key = l.customer_key AND d.business_date < CAST($as_of AS DATE)
    WHERE l.place = 1
    GROUP BY l.customer_key, l.value, l.happened_on
)
SELECT
    customer_key, value, happened_on,
    CASE
        WHEN days_before >= 6 THEN 'n6'
        WHEN days_before >= 3 THEN 'n3'
        WHEN days_before = 2 THEN 'n2'
        WHEN days_before = 1 THEN 'n1'
        ELSE 'n0'
    END AS bought,
    CASE
        WHEN last_on IS NULL THEN 'never'
        WHEN DATEDIFF('day', last_on, happened_on) <= 30 THEN 'd030'
        WHEN DATEDIFF('day', last_on, happened_on) <= 90 THEN 'd090'
        WHEN DATEDIFF('day', last_on, happened_on) <= 180 THEN 'd180'
        ELSE 'older'
    END AS recency,
    spent_before, days_after, spent_after
FROM joined
ORDER BY customer_key
