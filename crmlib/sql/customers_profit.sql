-- What did each customer bring, and what did the goods cost?
-- Grain: one row per known customer with a product or return line before $as_of.
-- customer_key, customer_id, rfm_segment   as in customer_segment
-- net        sales of all history after returns and discounts (minor units), as in customer_day
-- amount     money of their gross lines less returns, as the file records it (minor units)
-- covered    the part of amount on lines whose cost is known
-- cost       of these lines (minor units): the cost of the line, else pieces x the cost of the product; returns give it back
WITH valued AS (
    SELECT
        l.customer_key, l.amount,
        COALESCE(ABS(l.cost), ABS(COALESCE(l.quantity, 1)) * p.cost) AS cost
    FROM order_lines AS l
    LEFT JOIN products AS p ON p.product_id = l.product_id
    WHERE NOT l.cancelled AND l.customer_key IS NOT NULL AND l.business_date < CAST($as_of AS DATE) AND (
        (l.line_type = 'product' AND COALESCE(l.quantity, 1) > 0 AND l.amount > 0)
        OR (l.line_type IN ('product', 'return') AND l.amount < 0))
),
summed AS (
    SELECT
        customer_key,
        CAST(SUM(amount) AS BIGINT) AS amount,
        CAST(SUM(CASE WHEN cost IS NOT NULL THEN amount ELSE 0 END) AS BIGINT) AS covered,
        CAST(SUM(CASE WHEN amount < 0 THEN -COALESCE(cost, 0) ELSE COALESCE(cost, 0) END) AS BIGINT) AS cost
    FROM valued
    GROUP BY customer_key
),
brought AS (
    SELECT customer_key, CAST(SUM(net) AS BIGINT) AS net
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
)
SELECT s.customer_key, s.customer_id, s.rfm_segment, b.net, v.amount, v.covered, v.cost
FROM summed AS v
INNER JOIN brought AS b ON b.customer_key = v.customer_key
INNER JOIN customer_segment AS s ON s.customer_key = v.customer_key
ORDER BY s.customer_id
