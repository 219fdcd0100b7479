-- Who was a customer when each campaign without a control arm began, and was contacted or not?
-- Grain: one row per campaign of campaign_windows with design list, and customer known before its earliest stretch.
-- campaign_id, customer_key
-- treated     1 = on the campaign's list
-- prior       purchase days in the $prior_days days before the campaign's first day
WITH known_since AS (
    SELECT c.customer_key, CAST(c.registered_on AS DATE) AS since FROM customers AS c WHERE c.registered_on IS NOT NULL
    UNION ALL
    SELECT d.customer_key, MIN(d.business_date) AS since
    FROM customer_day AS d
    WHERE d.customer_key IS NOT NULL AND d.orders > 0
    GROUP BY d.customer_key
),
known_people AS (
    SELECT customer_key, MIN(since) AS since FROM known_since GROUP BY customer_key
),
known_spans AS (
    SELECT w.campaign_id, w.first_on, v.first_on AS base_on
    FROM campaign_windows AS w
    INNER JOIN campaign_windows AS v ON v.campaign_id = w.campaign_id AND v.window_no = -2
    WHERE w.window_no = 0 AND w.design = 'list'
),
known_prior AS (
    SELECT s.campaign_id, d.customer_key, CAST(COUNT(*) AS BIGINT) AS prior
    FROM known_spans AS s
    INNER JOIN customer_day AS d ON d.business_date < CAST(s.first_on AS DATE)
        AND DATEDIFF('day', d.business_date, CAST(s.first_on AS DATE)) <= $prior_days
    WHERE d.customer_key IS NOT NULL AND d.orders > 0
    GROUP BY s.campaign_id, d.customer_key
)
SELECT
    s.campaign_id, p.customer_key, CASE WHEN r.customer_key IS NULL THEN 0 ELSE 1 END AS treated,
    COALESCE(q.prior, 0) AS prior
FROM known_spans AS s
INNER JOIN known_people AS p ON p.since < CAST(s.base_on AS DATE)
LEFT JOIN campaigns_reached AS r ON r.campaign_id = s.campaign_id AND r.customer_key = p.customer_key
LEFT JOIN known_prior AS q ON q.campaign_id = s.campaign_id AND q.customer_key = p.customer_key
