-- How much of each gross line from $first_month on was bought at a discount?
-- Grain: one row per gross line.
-- customer_key, product_id
-- amount       money of the line (minor units)
-- discounted   the same where it had a discount, else 0: its order carries a discount, a discount line or a coupon, or the line
--              is at least 5 % below the product's usual price (the most frequent one of a single piece in that month)
WITH single_prices AS (
    SELECT product_id, ym, amount, CAST(COUNT(*) AS BIGINT) AS times
    FROM product_lines
    WHERE quantity = 1 AND product_id IS NOT NULL
    GROUP BY product_id, ym, amount
),
ranked_prices AS (
    SELECT product_id, ym, amount,
        ROW_NUMBER() OVER (PARTITION BY product_id, ym ORDER BY times DESC NULLS LAST, amount DESC NULLS LAST) AS place
    FROM single_prices
),
usual_prices AS (
    SELECT product_id, ym, amount AS usual
    FROM ranked_prices
    WHERE place = 1
),
reduced_orders AS (
    SELECT order_id
    FROM orders
    WHERE ym >= $first_month AND (COALESCE(discount, 0) <> 0 OR coupon IS NOT NULL)
    UNION
    SELECT order_id
    FROM order_lines
    WHERE ym >= $first_month AND line_type = 'discount'
)
SELECT
    s.customer_key, s.product_id, s.amount,
    CASE WHEN r.order_id IS NOT NULL OR 100 * s.amount <= 95 * s.quantity * u.usual THEN s.amount ELSE 0 END AS discounted
FROM product_lines AS s
LEFT JOIN reduced_orders AS r ON r.order_id = s.order_id
LEFT JOIN usual_prices AS u ON u.product_id = s.product_id AND u.ym = s.ym
