-- What has to be added to each receipt's money so that it is told with tax, or without?
-- Grain: one row per order of the month $ym; none where $tax is as_recorded.
-- order_id
-- gross, returns, line_discounts, order_discount   change of these columns of order_recorded (minor units)
-- The tax is rounded down once per receipt and rate, on what is left after returns and discounts; a discount on the whole order
-- is spread over the rates as the gross money is; a line's own amount without tax is taken as it is.
-- $tax: included (amounts are recorded without tax) | excluded (amounts are recorded with tax) | as_recorded
WITH parts AS (
    SELECT
        l.order_id, l.rate,
        CASE
            WHEN l.line_type = 'product' AND COALESCE(l.quantity, 1) > 0 AND l.amount > 0 THEN 'gross'
            WHEN l.line_type IN ('product', 'return') AND l.amount < 0 THEN 'returns'
            WHEN l.line_type = 'discount' THEN 'discounts'
            ELSE 'none'
        END AS part,
        ABS(l.amount) AS amount,
        CASE WHEN $tax = 'excluded' THEN ABS(l.amount_ex_tax) ELSE NULL END AS told
    FROM line_rates AS l
    LEFT JOIN dropped_orders AS r ON r.order_id = l.return_of
    WHERE l.ym = $ym AND $tax <> 'as_recorded' AND r.order_id IS NULL
),
by_rate AS (
    SELECT
        order_id, rate,
        CAST(SUM(CASE WHEN part = 'gross' THEN amount ELSE 0 END) AS BIGINT) AS gross,
        CAST(SUM(CASE WHEN part = 'gross' AND told IS NULL THEN amount ELSE 0 END) AS BIGINT) AS open_gross,
        CAST(SUM(CASE WHEN part = 'returns' AND told IS NULL THEN amount ELSE 0 END) AS BIGINT) AS open_returns,
        CAST(SUM(CASE WHEN part = 'discounts' AND told IS NULL THEN amount ELSE 0 END) AS BIGINT) AS open_discounts,
        CAST(SUM(CASE WHEN part = 'gross' THEN COALESCE(told - amount, 0) ELSE 0 END) AS BIGINT) AS told_gross,
        CAST(SUM(CASE WHEN part = 'returns' THEN COALESCE(told - amount, 0) ELSE 0 END) AS BIGINT) AS told_returns,
        CAST(SUM(CASE WHEN part = 'discounts' THEN COALESCE(told - amount, 0) ELSE 0 END) AS BIGINT) AS told_discounts
    FROM parts
    GROUP BY order_id, rate
),
ordered AS (
    SELECT
        s.*, o.order_discount, o.gross AS order_gross,
        CAST(SUM(s.gross) OVER (PARTITION BY s.order_id ORDER BY s.rate NULLS FIRST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) * o.order_discount AS upto
    FROM by_rate AS s
    INNER JOIN order_recorded AS o ON o.order_id = s.order_id
),
spread AS (
    -- A multiple times the inverse of its divisor is whole but for the last bits of a double; so for all quotients here.
    SELECT
        *, CASE WHEN order_gross > 0 THEN
            CAST(ROUND(CAST(upto - upto % order_gross AS DOUBLE) * POWER(CAST(order_gross AS DOUBLE), -1), 0) AS BIGINT)
            - CAST(ROUND(CAST(upto - gross * order_discount - (upto - gross * order_discount) % order_gross AS DOUBLE)
                * POWER(CAST(order_gross AS DOUBLE), -1), 0) AS BIGINT)
            ELSE 0 END AS whole_discount
    FROM ordered
),
steps AS (
    -- What is left of the money after each step; what a step takes of the tax is the difference of two rounded taxes.
    SELECT order_id, rate, 1 AS step, open_gross AS money, told_gross AS told FROM spread
    UNION ALL
    SELECT order_id, rate, 2 AS step, open_gross - open_returns AS money, told_returns AS told FROM spread
    UNION ALL
    SELECT order_id, rate, 3 AS step, open_gross - open_returns - open_discounts AS money, told_discounts AS told
    FROM spread
    UNION ALL
    SELECT order_id, rate, 4 AS step, open_gross - open_returns - open_discounts - whole_discount AS money, 0 AS told
    FROM spread
),
products AS (
    SELECT
        order_id, step, told, ABS(money) * rate AS product, CASE WHEN money < 0 THEN -1 ELSE 1 END AS side,
        CASE WHEN $tax = 'excluded' THEN 1000 + rate ELSE 1000 END AS base
    FROM steps
),
taxes AS (
    SELECT
        order_id, step, CAST(SUM(told) AS BIGINT) AS told,
        CAST(SUM(CASE WHEN $tax = 'excluded' THEN -side ELSE side END
            * CAST(ROUND(CAST(product - product % base AS DOUBLE) * POWER(CAST(base AS DOUBLE), -1), 0) AS BIGINT)
        ) AS BIGINT) AS tax
    FROM products
    GROUP BY order_id, step
),
wide AS (
    SELECT
        order_id,
        CAST(SUM(CASE WHEN step = 1 THEN told ELSE 0 END) AS BIGINT) AS told_1,
        CAST(SUM(CASE WHEN step = 2 THEN told ELSE 0 END) AS BIGINT) AS told_2,
        CAST(SUM(CASE WHEN step = 3 THEN told ELSE 0 END) AS BIGINT) AS told_3,
        CAST(SUM(CASE WHEN step = 1 THEN tax ELSE 0 END) AS BIGINT) AS tax_1,
        CAST(SUM(CASE WHEN step = 2 THEN tax ELSE 0 END) AS BIGINT) AS tax_2,
        CAST(SUM(CASE WHEN step = 3 THEN tax ELSE 0 END) AS BIGINT) AS tax_3,
        CAST(SUM(CASE WHEN step = 4 THEN tax ELSE 0 END) AS BIGINT) AS tax_4
    FROM taxes
    GROUP BY order_id
)
SELECT
    order_id, told_1 + tax_1 AS gross, told_2 + tax_1 - tax_2 AS returns, told_3 + tax_2 - tax_3 AS line_discounts,
    tax_3 - tax_4 AS order_discount
FROM wide
