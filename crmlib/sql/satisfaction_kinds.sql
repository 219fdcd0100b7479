-- Who is each known customer, for telling answers apart?
-- Grain: one row per known customer.
-- customer_key
-- rfm_segment, member_rank, gender, prefecture, channel (the first one)   codes; 'unknown' without one
-- age_band    a20, a30, … a60 (from so many years on in the year of $as_of, a60 and above), a00 (under 20), unknown
SELECT
    c.customer_key,
    COALESCE(s.rfm_segment, 'unknown') AS rfm_segment, COALESCE(c.rank, 'unknown') AS member_rank,
    COALESCE(c.gender, 'unknown') AS gender, COALESCE(c.prefecture, 'unknown') AS prefecture,
    COALESCE(c.first_channel, 'unknown') AS channel,
    CASE
        WHEN c.birth_year IS NULL THEN 'unknown'
        WHEN YEAR(CAST($as_of AS DATE)) - c.birth_year >= 60 THEN 'a60'
        WHEN YEAR(CAST($as_of AS DATE)) - c.birth_year >= 50 THEN 'a50'
        WHEN YEAR(CAST($as_of AS DATE)) - c.birth_year >= 40 THEN 'a40'
        WHEN YEAR(CAST($as_of AS DATE)) - c.birth_year >= 30 THEN 'a30'
        WHEN YEAR(CAST($as_of AS DATE)) - c.birth_year >= 20 THEN 'a20'
        ELSE 'a00'
    END AS age_band
FROM customers AS c
LEFT JOIN customer_segment AS s ON s.customer_key = c.customer_key
