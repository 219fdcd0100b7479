-- Which orders were taken back whole by a later document?
-- Grain: one row per order whose returned money (lines with return_of) reaches the money of its gross lines.
-- order_id
WITH bought AS (
    SELECT order_id, CAST(SUM(amount) AS BIGINT) AS amount
    FROM order_lines
    WHERE line_type = 'product' AND amount > 0 AND COALESCE(quantity, 1) > 0 AND NOT cancelled
    GROUP BY order_id
),
taken_back AS (
    SELECT return_of, CAST(SUM(-amount) AS BIGINT) AS amount
    FROM order_lines
    WHERE return_of IS NOT NULL AND amount < 0 AND NOT cancelled
    GROUP BY return_of
)
SELECT b.order_id
FROM bought AS b
INNER JOIN taken_back AS t ON t.return_of = b.order_id
WHERE t.amount >= b.amount
ORDER BY b.order_id
