-- Who left something in the cart?
-- Grain: one row per customer_key whose last cart since $cart_from was followed by no purchase and no event order.
-- cart_on   day of the last cart
WITH carts AS (
    SELECT customer_key, MAX(business_date) AS cart_on
    FROM events
    WHERE type = 'cart' AND customer_key IS NOT NULL AND business_date >= CAST($cart_from AS DATE)
        AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
closed AS (
    SELECT customer_key, business_date FROM events WHERE type = 'order' AND customer_key IS NOT NULL
    UNION
    SELECT customer_key, business_date FROM customer_day WHERE orders > 0 AND customer_key IS NOT NULL
),
done AS (
    SELECT c.customer_key
    FROM carts AS c
    INNER JOIN closed AS d ON d.customer_key = c.customer_key
    WHERE d.business_date >= c.cart_on AND d.business_date < CAST($as_of AS DATE)
    GROUP BY c.customer_key
)
SELECT c.customer_key, c.cart_on
FROM carts AS c
LEFT JOIN done AS d ON d.customer_key = c.customer_key
WHERE d.customer_key IS NULL
ORDER BY c.customer_key
