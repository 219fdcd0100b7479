-- Who is a customer where business accounts count as one?
-- Grain: one row per account, and one per customer without an account.
-- customer_key    of the customer, or unit_key of the account       customer_id   the smallest of its people
-- account_id      null for a customer without one                   type          'company' for an account
-- registered_on   the earliest of its people
-- birth_year, gender, occupation, income_band, prefecture, city, rank, first_channel, status
--                 of the customer; of an account where all of whom it is known agree, else null
SELECT
    COALESCE(k.unit_key, c.customer_key) AS customer_key,
    MIN(c.customer_id) AS customer_id,
    c.account_id,
    CASE WHEN c.account_id IS NULL THEN MIN(c.type) ELSE 'company' END AS type,
    MIN(c.registered_on) AS registered_on,
    CASE WHEN MIN(c.birth_year) = MAX(c.birth_year) THEN MIN(c.birth_year) ELSE NULL END AS birth_year,
    CASE WHEN MIN(c.gender) = MAX(c.gender) THEN MIN(c.gender) ELSE NULL END AS gender,
    CASE WHEN MIN(c.occupation) = MAX(c.occupation) THEN MIN(c.occupation) ELSE NULL END AS occupation,
    CASE WHEN MIN(c.income_band) = MAX(c.income_band) THEN MIN(c.income_band) ELSE NULL END AS income_band,
    CASE WHEN MIN(c.prefecture) = MAX(c.prefecture) THEN MIN(c.prefecture) ELSE NULL END AS prefecture,
    CASE WHEN MIN(c.city) = MAX(c.city) THEN MIN(c.city) ELSE NULL END AS city,
    CASE WHEN MIN(c.rank) = MAX(c.rank) THEN MIN(c.rank) ELSE NULL END AS rank,
    CASE WHEN MIN(c.first_channel) = MAX(c.first_channel) THEN MIN(c.first_channel) ELSE NULL END AS first_channel,
    CASE WHEN MIN(c.status) = MAX(c.status) THEN MIN(c.status) ELSE NULL END AS status
FROM customers AS c
LEFT JOIN unit_keys AS k ON k.customer_key = c.customer_key
GROUP BY COALESCE(k.unit_key, c.customer_key), c.account_id
