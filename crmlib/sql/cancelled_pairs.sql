-- Which orders were taken back whole by later documents?
-- Grain: one row per order whose returned money (product and return lines with return_of) reaches the money of its gross lines, or
-- reaches it less its discounts when every piece came back too.
-- order_id
WITH bought AS (
    SELECT
        order_id,
        CAST(SUM(CASE WHEN line_type = 'product' AND amount > 0 AND COALESCE(quantity, 1) > 0 THEN amount ELSE 0 END)
            AS BIGINT) AS amount,
        CAST(SUM(CASE WHEN line_type = 'product' AND amount > 0 AND COALESCE(quantity, 1) > 0 THEN COALESCE(quantity, 1)
            ELSE 0 END) AS BIGINT) AS pieces,
        CAST(SUM(CASE WHEN line_type = 'discount' THEN ABS(amount) ELSE 0 END) AS BIGINT) AS discounts
    FROM order_lines
    WHERE NOT cancelled
    GROUP BY order_id
),
taken_back AS (
    SELECT
        return_of, CAST(SUM(-amount) AS BIGINT) AS amount, CAST(SUM(ABS(COALESCE(quantity, 1))) AS BIGINT) AS pieces
    FROM order_lines
    WHERE return_of IS NOT NULL AND amount < 0 AND NOT cancelled AND line_type IN ('product', 'return')
    GROUP BY return_of
)
SELECT b.order_id
FROM bought AS b
INNER JOIN taken_back AS t ON t.return_of = b.order_id
INNER JOIN orders AS o ON o.order_id = b.order_id
WHERE b.amount > 0 AND (t.amount >= b.amount OR (t.pieces >= b.pieces AND t.amount >= b.amount - b.discounts
    - CASE WHEN b.discounts = ABS(COALESCE(o.discount, 0)) THEN 0 ELSE ABS(COALESCE(o.discount, 0)) END))
ORDER BY b.order_id
