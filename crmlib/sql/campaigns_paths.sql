-- How long until a beginning (a trial, a sample, a coupon used) led to what it was for?
-- Grain: one row per number of days and outcome.
-- days      from the beginning to the end, or to the last day before $as_of
-- came      1 = got there, else 0
-- persons   customers
-- A beginning is the first event, response or order of a product that campaign_starts (source, code) names, of known
-- customers. The end is the first event of type $path_end from that day on or,
-- where $path_end is 'purchase', the next day with a purchase; where $path_first is 1, of customers without one before.
WITH path_begun AS (
    SELECT e.customer_key, MIN(e.business_date) AS began_on
    FROM events AS e
    INNER JOIN campaign_starts AS p ON p.code = e.type AND p.source = 'events'
    WHERE e.customer_key IS NOT NULL AND e.business_date < CAST($as_of AS DATE)
    GROUP BY e.customer_key
    UNION ALL
    SELECT r.customer_key, MIN(r.replied_on) AS began_on
    FROM campaigns_replies AS r
    INNER JOIN campaign_starts AS p ON p.code = r.type AND p.source = 'responses'
    WHERE r.replied_on IS NOT NULL
    GROUP BY r.customer_key
    UNION ALL
    SELECT l.customer_key, MIN(l.business_date) AS began_on
    FROM order_lines AS l
    INNER JOIN campaign_starts AS p ON p.code = l.product_id AND p.source = 'order_lines'
    WHERE l.customer_key IS NOT NULL AND l.business_date < CAST($as_of AS DATE) AND NOT l.cancelled
    GROUP BY l.customer_key
),
path_people AS (
    SELECT customer_key, MIN(began_on) AS began_on FROM path_begun GROUP BY customer_key
),
path_old AS (
    SELECT p.customer_key
    FROM path_people AS p
    INNER JOIN customer_day AS d ON d.customer_key = p.customer_key AND d.business_date < p.began_on AND d.orders > 0
    WHERE $path_first = 1
    GROUP BY p.customer_key
),
path_ends AS (
    SELECT p.customer_key, MIN(d.business_date) AS ended_on
    FROM path_people AS p
    INNER JOIN customer_day AS d ON d.customer_key = p.customer_key AND d.business_date > p.began_on
    WHERE d.orders > 0 AND d.business_date < CAST($as_of AS DATE) AND $path_end = 'purchase'
    GROUP BY p.customer_key
    UNION ALL
    SELECT p.customer_key, MIN(e.business_date) AS ended_on
    FROM path_people AS p
    INNER JOIN events AS e ON e.customer_key = p.customer_key AND e.business_date >= p.began_on
    WHERE e.type = $path_end AND e.business_date < CAST($as_of AS DATE)
    GROUP BY p.customer_key
),
path_waits AS (
    SELECT
        CAST(DATEDIFF('day', p.began_on, COALESCE(e.ended_on, CAST($as_of AS DATE) - INTERVAL 1 DAY)) AS BIGINT)
            AS days,
        CASE WHEN e.ended_on IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS came
    FROM path_people AS p
    LEFT JOIN path_ends AS e ON e.customer_key = p.customer_key
    LEFT JOIN path_old AS o ON o.customer_key = p.customer_key
    WHERE o.customer_key IS NULL
)
SELECT days, came, CAST(COUNT(*) AS BIGINT) AS persons
FROM path_waits
WHERE days >= 0
GROUP BY days, came
ORDER BY days, came
