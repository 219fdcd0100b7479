-- What does each business account buy, through how many of its people?
-- Grain: one row per account with a known customer; the id stays out of pages.
-- account_id, size_band, industry   as in accounts (null where they are not known)
-- customers    known customers of the account           buyers   of these, bought from $since_year to $as_of
-- sales        their net money in that time (minor units)
WITH recent AS (
    SELECT
        customer_key,
        CAST(SUM(net) AS BIGINT) AS net,
        CAST(SUM(orders) AS BIGINT) AS orders
    FROM customer_day
    WHERE customer_key IS NOT NULL AND business_date >= CAST($since_year AS DATE)
        AND business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
)
SELECT
    c.account_id, a.size_band, a.industry,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN r.orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS buyers,
    CAST(SUM(COALESCE(r.net, 0)) AS BIGINT) AS sales
FROM customers AS c
INNER JOIN customer_segment AS s ON s.customer_key = c.customer_key
LEFT JOIN accounts AS a ON a.account_id = c.account_id
LEFT JOIN recent AS r ON r.customer_key = c.customer_key
WHERE c.account_id IS NOT NULL
GROUP BY c.account_id, a.size_band, a.industry
ORDER BY c.account_id
