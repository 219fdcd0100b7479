-- What did customers write when they asked for help from the month $first_month to the month $month?
-- Grain: one row per ticket with a body before $as_of; of more than $most, those with the smallest hash.
-- ym       month of opening   customer_key   null: not known
-- text     body               value          null: a ticket's score is of the help, not of what was written before it
-- texts    tickets with a body in these months, read or not
WITH ordered_tickets AS (
    SELECT
        ym, customer_key, body AS text,
        ROW_NUMBER() OVER (
            ORDER BY MD5(body) ASC NULLS LAST, body ASC NULLS LAST, ym ASC NULLS LAST, customer_key ASC NULLS LAST
        ) AS place,
        CAST(COUNT(*) OVER () AS BIGINT) AS texts
    FROM tickets
    WHERE body IS NOT NULL AND TRIM(body) <> '' AND business_date < CAST($as_of AS DATE)
        AND ym >= $first_month AND ym <= $month
)
SELECT ym, customer_key, text, CAST(NULL AS DOUBLE) AS value, texts
FROM ordered_tickets
WHERE place <= $most
ORDER BY place
