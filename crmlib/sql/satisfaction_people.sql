-- Who of the buyers answered the question $metric between the months $first_month and $month, and who are the buyers?
-- Grain: one row per combination of attributes, of having been asked, having commented and the answer.
-- rank         code ('unknown' without one)     gender       code ('unknown' without one)
-- recency      d030, d090, d180, d365 (last purchase up to so many days before $as_of), older
-- bought       n1, n2, n3 (purchase days, up to 5), n6 (6 and more)
-- age          a20, a30, … a60 (from so many years on, a60 and above), a00 (under 20), unknown
-- channel      code of the first channel ('unknown' without one)
-- asked        1: an invitation in these months         commented    1: a comment in these months
-- value        score of the last valid answer in these months; null without one
-- customers    buyers known on $as_of                   spent        their net purchases of all history, minor units
WITH invited AS (
    SELECT customer_key
    FROM survey_invitations
    WHERE ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
wrote AS (
    SELECT customer_key
    FROM survey_answers
    WHERE ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE)
        AND customer_key IS NOT NULL AND text IS NOT NULL AND TRIM(text) <> ''
    GROUP BY customer_key
),
known AS (
    SELECT
        s.customer_key, s.monetary,
        k.member_rank, k.gender, k.channel, k.age_band AS age,
        CASE
            WHEN s.recency_days <= 30 THEN 'd030'
            WHEN s.recency_days <= 90 THEN 'd090'
            WHEN s.recency_days <= 180 THEN 'd180'
            WHEN s.recency_days <= 365 THEN 'd365'
            ELSE 'older'
        END AS recency,
        CASE
            WHEN s.purchase_days >= 6 THEN 'n6'
            WHEN s.purchase_days >= 3 THEN 'n3'
            WHEN s.purchase_days = 2 THEN 'n2'
            ELSE 'n1'
        END AS bought
    FROM customer_segment AS s
    INNER JOIN satisfaction_kinds AS k ON k.customer_key = s.customer_key
    WHERE s.first_ever_on IS NOT NULL
),
joined AS (
    SELECT
        b.member_rank, b.recency, b.bought, b.age, b.gender, b.channel, b.monetary, t.value,
        CASE WHEN i.customer_key IS NULL THEN 0 ELSE 1 END AS asked,
        CASE WHEN w.customer_key IS NULL THEN 0 ELSE 1 END AS commented
    FROM known AS b
    LEFT JOIN satisfaction_latest AS t ON t.customer_key = b.customer_key
    LEFT JOIN invited AS i ON i.customer_key = b.customer_key
    LEFT JOIN wrote AS w ON w.customer_key = b.customer_key
)
SELECT
    member_rank AS "rank", recency, bought, age, gender, channel, asked, commented, value,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(monetary) AS BIGINT) AS spent
FROM joined
GROUP BY member_rank, recency, bought, age, gender, channel, asked, commented, value
ORDER BY "rank", recency, bought, age, gender, channel, asked, commented, value NULLS LAST
