-- In which month did customers buy for the first time, and in which for the second?
-- Grain: one row per month with a first or second purchase before $as_of. Both add up over months.
-- ym              the month
-- first_buyers    known customers whose first purchase ever fell into it
-- second_buyers   known customers whose second did ($frequency = 'days': on another day; 'orders': another order)
WITH numbered AS (
    SELECT
        ym, orders,
        ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY business_date ASC NULLS FIRST) AS nth,
        LAG(orders) OVER (PARTITION BY customer_key ORDER BY business_date ASC NULLS FIRST) AS orders_before
    FROM customer_day
    WHERE customer_key IS NOT NULL AND orders > 0 AND business_date < CAST($as_of AS DATE)
)
SELECT
    ym,
    CAST(SUM(CASE WHEN nth = 1 THEN 1 ELSE 0 END) AS BIGINT) AS first_buyers,
    CAST(SUM(CASE
        WHEN $frequency = 'orders' AND nth = 1 AND orders > 1 THEN 1
        WHEN nth = 2 AND ($frequency <> 'orders' OR orders_before = 1) THEN 1
        ELSE 0
    END) AS BIGINT) AS second_buyers
FROM numbered
WHERE nth <= 2
GROUP BY ym
ORDER BY ym
