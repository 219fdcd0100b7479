-- On which days did each customer buy, and for how much, straight from the order lines?
-- Grain: one row per customer and business date with a gross line before $as_of.
-- Each row is made of rows of one month of order_lines.
-- customer_key, business_date
-- gross         money of the day's gross lines (minor units); discounts on whole orders are not in the lines
SELECT customer_key, business_date, CAST(SUM(amount) AS BIGINT) AS gross
FROM order_lines
WHERE customer_key IS NOT NULL AND NOT cancelled AND line_type = 'product' AND COALESCE(quantity, 1) > 0
    AND amount > 0 AND business_date < CAST($as_of AS DATE)
GROUP BY customer_key, business_date
