-- What did each customer do up to a day, and what after it? For models of coming purchases, and for their proof.
-- Read from what a month end knew (the table base_before, rows of customer_base at $known_until, not after $before) and the
-- days since, so that only the latest months of the mart are read.
-- Grain: one row per known customer with a purchase before $until.
-- customer_key
-- x             purchase days after the first one, before $until
-- t_x           days from the first purchase to the last before $until
-- age           days from the first purchase to the last day before $until
-- spent         gross less discounts before $until (minor units)
-- repeat_money  the part of it of those x days
-- money         net before $until (minor units)
-- before_days   purchase days from $before, before $until          before_money   gross less discounts of these days (minor units)
-- later_days    purchase days from $until, before $as_of           later_money    gross less discounts of these days (minor units)
-- contract      1 where a subscription of the customer runs on $until, else 0
-- A customer and day is one row of the mart, so the first day is one row and its money can be taken off the whole.
WITH since_then AS (
    SELECT
        customer_key,
        MIN(CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS first_on,
        MAX(CASE WHEN orders > 0 AND business_date < CAST($until AS DATE) THEN business_date ELSE NULL END) AS last_on,
        CAST(COUNT(CASE WHEN orders > 0 AND business_date < CAST($until AS DATE) THEN 1 ELSE NULL END) AS BIGINT)
            AS days,
        CAST(SUM(CASE WHEN orders > 0 AND business_date < CAST($until AS DATE) THEN gross - discounts ELSE 0 END)
            AS BIGINT) AS spent,
        MIN_BY(CASE WHEN orders > 0 THEN gross - discounts ELSE NULL END,
            CASE WHEN orders > 0 THEN business_date ELSE NULL END) AS first_money,
        CAST(SUM(CASE WHEN business_date < CAST($until AS DATE) THEN net ELSE 0 END) AS BIGINT) AS money,
        CAST(COUNT(CASE WHEN orders > 0 AND business_date >= CAST($before AS DATE)
            AND business_date < CAST($until AS DATE) THEN 1 ELSE NULL END) AS BIGINT) AS before_days,
        CAST(SUM(CASE WHEN orders > 0 AND business_date >= CAST($before AS DATE)
            AND business_date < CAST($until AS DATE) THEN gross - discounts ELSE 0 END) AS BIGINT) AS before_money,
        CAST(COUNT(CASE WHEN orders > 0 AND business_date >= CAST($until AS DATE) THEN 1 ELSE NULL END) AS BIGINT)
            AS later_days,
        CAST(SUM(CASE WHEN orders > 0 AND business_date >= CAST($until AS DATE) THEN gross - discounts ELSE 0 END)
            AS BIGINT) AS later_money
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
        AND business_date >= CAST($known_until AS DATE)
    GROUP BY customer_key
),
seen AS (
    SELECT
        COALESCE(k.customer_key, s.customer_key) AS customer_key,
        COALESCE(k.first_order_on, s.first_on) AS first_on,
        COALESCE(s.last_on, k.last_order_on) AS last_on,
        COALESCE(k.purchase_days, 0) + COALESCE(s.days, 0) AS days,
        COALESCE(k.spent, 0) + COALESCE(s.spent, 0) AS spent,
        COALESCE(k.first_money, s.first_money) AS first_money,
        COALESCE(k.monetary, 0) + COALESCE(s.money, 0) AS money,
        COALESCE(s.before_days, 0) AS before_days, COALESCE(s.before_money, 0) AS before_money,
        COALESCE(s.later_days, 0) AS later_days, COALESCE(s.later_money, 0) AS later_money
    FROM base_before AS k
    FULL JOIN since_then AS s ON s.customer_key = k.customer_key
)
SELECT
    s.customer_key,
    s.days - 1 AS x,
    CAST(DATEDIFF('day', s.first_on, s.last_on) AS BIGINT) AS t_x,
    CAST(DATEDIFF('day', s.first_on, CAST($until AS DATE)) - 1 AS BIGINT) AS age,
    s.spent,
    s.spent - s.first_money AS repeat_money,
    s.money,
    s.before_days,
    s.before_money,
    s.later_days,
    s.later_money,
    CASE WHEN b.customer_key IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS contract
FROM seen AS s
LEFT JOIN outlook_bound AS b ON b.customer_key = s.customer_key
WHERE s.first_on < CAST($until AS DATE)
ORDER BY s.customer_key
