-- On which days from $first_month to the end of $peak_month did the best customers and the others buy of a category?
-- Grain: one row per kind of customer, sum of days and number of purchases. $category 'all' is the whole shop.
-- best        1 = the fifth of buyers with the most money (m_score 5 as of today), else 0
-- days        sum over the customer's purchase days of the days from $season_start to them
-- purchases   the customer's days with a gross line of it in the season
-- customers   known customers with this sum and number
WITH bought AS (
    SELECT l.customer_key, CAST(DATEDIFF('day', CAST($season_start AS DATE), l.business_date) AS BIGINT) AS day
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    LEFT JOIN products AS p ON p.product_id = l.product_id
    WHERE l.ym >= $first_month AND l.ym <= $peak_month AND l.customer_key IS NOT NULL AND l.line_type = 'product'
        AND l.amount > 0 AND COALESCE(l.quantity, 1) > 0 AND NOT l.cancelled AND d.order_id IS NULL
        AND ($category = 'all' OR p.category_1 = $category)
    GROUP BY l.customer_key, DATEDIFF('day', CAST($season_start AS DATE), l.business_date)
),
each AS (
    SELECT customer_key, CAST(SUM(day) AS BIGINT) AS days, CAST(COUNT(*) AS BIGINT) AS purchases
    FROM bought
    GROUP BY customer_key
)
SELECT
    CASE WHEN s.m_score = 5 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS best,
    e.days, e.purchases, CAST(COUNT(*) AS BIGINT) AS customers
FROM each AS e
INNER JOIN customer_segment AS s ON s.customer_key = e.customer_key
GROUP BY CASE WHEN s.m_score = 5 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END, e.days, e.purchases
ORDER BY best, e.days, e.purchases
