-- What did customers write in reviews from the month $first_month to the month $month?
-- Grain: one row per review with text before $as_of; of more than $most, those with the smallest hash.
-- ym       month             customer_key   null: anonymous
-- text     as written        value          stars, null without them
-- texts    reviews with text in these months, read or not
WITH ordered_reviews AS (
    SELECT
        ym, customer_key, text, rating AS value,
        ROW_NUMBER() OVER (
            ORDER BY MD5(text) ASC NULLS LAST, text ASC NULLS LAST, ym ASC NULLS LAST, rating ASC NULLS LAST,
                customer_key ASC NULLS LAST
        ) AS place,
        CAST(COUNT(*) OVER () AS BIGINT) AS texts
    FROM reviews
    WHERE text IS NOT NULL AND TRIM(text) <> '' AND business_date < CAST($as_of AS DATE)
        AND ym >= $first_month AND ym <= $month
)
SELECT ym, customer_key, text, value, texts
FROM ordered_reviews
WHERE place <= $most
ORDER BY place
