-- What did each customer buy on each day? The mart from which RFM, cohorts, intervals, dormancy and trends read.
-- Grain: one row per customer and business date of the month $ym; guests together under a null customer_key.
-- customer_key, business_date, ym, dow (1 = Monday)
-- orders     purchases: orders with at least one gross line
-- lines      gross lines            quantity   pieces on them
-- gross      money of gross lines (minor units)
-- returns    positive money of negative product and return lines (minor units)
-- discounts  positive money of discounts, on lines or on the order, once (minor units)
-- net        gross - returns - discounts (minor units)
SELECT
    customer_key, business_date, ym, dow,
    CAST(SUM(CASE WHEN lines > 0 THEN 1 ELSE 0 END) AS BIGINT) AS orders,
    CAST(SUM(lines) AS BIGINT) AS lines,
    CAST(SUM(quantity) AS BIGINT) AS quantity,
    CAST(SUM(gross) AS BIGINT) AS gross,
    CAST(SUM(returns) AS BIGINT) AS returns,
    CAST(SUM(line_discounts + order_discount) AS BIGINT) AS discounts,
    CAST(SUM(gross - returns - line_discounts - order_discount) AS BIGINT) AS net
FROM order_sales
GROUP BY customer_key, business_date, ym, dow
ORDER BY customer_key NULLS FIRST, business_date
