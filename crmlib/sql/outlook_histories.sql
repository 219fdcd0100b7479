-- What did each customer do up to a day, and what after it? For models of coming purchases, and for their proof.
-- Grain: one row per known customer with a purchase before $until.
-- customer_key
-- x             purchase days after the first one, before $until
-- t_x           days from the first purchase to the last before $until
-- age           days from the first purchase to the last day before $until
-- repeat_money  gross less discounts of those x days (minor units)
-- money         net before $until (minor units)
-- before_days   purchase days from $before, before $until
-- later_days    purchase days from $until, before $as_of
-- later_money   net from $until, before $as_of (minor units)
-- contract      1 where a subscription of the customer runs on $until, else 0
WITH began AS (
    SELECT customer_key, MIN(business_date) AS first_on
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($until AS DATE)
    GROUP BY customer_key
),
seen AS (
    SELECT
        d.customer_key, g.first_on,
        MAX(CASE WHEN d.orders > 0 AND d.business_date < CAST($until AS DATE) THEN d.business_date ELSE NULL END)
            AS last_on,
        CAST(SUM(CASE WHEN d.orders > 0 AND d.business_date > g.first_on AND d.business_date < CAST($until AS DATE)
            THEN 1 ELSE 0 END) AS BIGINT) AS x,
        CAST(SUM(CASE WHEN d.orders > 0 AND d.business_date > g.first_on AND d.business_date < CAST($until AS DATE)
            THEN d.gross - d.discounts ELSE 0 END) AS BIGINT) AS repeat_money,
        CAST(SUM(CASE WHEN d.business_date < CAST($until AS DATE) THEN d.net ELSE 0 END) AS BIGINT) AS money,
        CAST(SUM(CASE WHEN d.orders > 0 AND d.business_date >= CAST($before AS DATE)
            AND d.business_date < CAST($until AS DATE) THEN 1 ELSE 0 END) AS BIGINT) AS before_days,
        CAST(SUM(CASE WHEN d.orders > 0 AND d.business_date >= CAST($until AS DATE) THEN 1 ELSE 0 END) AS BIGINT)
            AS later_days,
        CAST(SUM(CASE WHEN d.business_date >= CAST($until AS DATE) THEN d.net ELSE 0 END) AS BIGINT) AS later_money
    FROM customer_day AS d
    INNER JOIN began AS g ON g.customer_key = d.customer_key
    WHERE d.business_date < CAST($as_of AS DATE)
    GROUP BY d.customer_key, g.first_on
)
SELECT
    s.customer_key,
    s.x,
    CAST(DATEDIFF('day', s.first_on, s.last_on) AS BIGINT) AS t_x,
    CAST(DATEDIFF('day', s.first_on, CAST($until AS DATE)) - 1 AS BIGINT) AS age,
    s.repeat_money,
    s.money,
    s.before_days,
    s.later_days,
    s.later_money,
    CASE WHEN b.customer_key IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS contract
FROM seen AS s
LEFT JOIN outlook_bound AS b ON b.customer_key = s.customer_key
ORDER BY s.customer_key
