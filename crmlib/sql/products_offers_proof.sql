-- Would customers have bought what they would have been offered? Offers known on $as_of, held against baskets until $until.
-- Grain: one row per outcome of the two methods.
-- pairs_hits        offers by pairs that were bought
-- popularity_hits   offers by popularity that were bought
-- customers         customers with offers who bought something in these baskets
WITH held_back AS (
    SELECT DISTINCT l.customer_key, l.product_id
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    WHERE l.business_date >= CAST($as_of AS DATE) AND l.business_date < CAST($until AS DATE) AND l.line_type = 'product'
        AND l.amount > 0 AND COALESCE(l.quantity, 1) > 0 AND NOT l.cancelled AND d.order_id IS NULL
        AND l.customer_key IS NOT NULL AND l.product_id IS NOT NULL
),
came_back AS (
    SELECT DISTINCT customer_key
    FROM held_back
),
proved AS (
    SELECT o.customer_key,
        CAST(SUM(CASE WHEN o.method = 'pairs' AND h.product_id IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS pairs_hits,
        CAST(SUM(CASE WHEN o.method = 'popularity' AND h.product_id IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT)
            AS popularity_hits
    FROM product_offers AS o
    INNER JOIN came_back AS c ON c.customer_key = o.customer_key
    LEFT JOIN held_back AS h ON h.customer_key = o.customer_key AND h.product_id = o.product_id
    GROUP BY o.customer_key
)
SELECT pairs_hits, popularity_hits, CAST(COUNT(*) AS BIGINT) AS customers
FROM proved
GROUP BY pairs_hits, popularity_hits
ORDER BY pairs_hits, popularity_hits
