-- When, how often and for how much did each customer come back, straight from the order lines?
-- For data without a mart, and to see what the mart saves.
-- Grain: one row per customer with a gross line before $as_of.
-- customer_key
-- x             purchase days after the first one
-- t_x           days from the first purchase to the last
-- age           days from the first purchase to the last day before $as_of
-- repeat_money  gross of those x days (minor units); discounts on whole orders are not in the lines
SELECT
    customer_key,
    CAST(COUNT(business_date) AS BIGINT) - 1 AS x,
    CAST(DATEDIFF('day', MIN(business_date), MAX(business_date)) AS BIGINT) AS t_x,
    CAST(DATEDIFF('day', MIN(business_date), CAST($as_of AS DATE)) - 1 AS BIGINT) AS age,
    CAST(SUM(gross) AS BIGINT) - MIN_BY(gross, business_date) AS repeat_money
FROM outlook_days
GROUP BY customer_key
