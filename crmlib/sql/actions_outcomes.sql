-- What became of those on earlier lists: were they contacted, and what did they buy?
-- Grain: one row per list and customer_key (table actions_planned: list_month, customer_id, action, held_out, purpose, from_on,
--        to_on), of those still known.
-- done        1 where a contact with this purpose is on record from from_on on            bought   1 with a purchase from
--             from_on to before to_on            net   their net in these days (minor units)
WITH planned AS (
    SELECT p.list_month, c.customer_key, p.action, p.held_out, p.purpose, p.from_on, p.to_on
    FROM actions_planned AS p
    INNER JOIN customers AS c ON c.customer_id = p.customer_id
),
called AS (
    SELECT p.list_month, p.customer_key
    FROM planned AS p
    INNER JOIN interactions AS i ON i.customer_key = p.customer_key AND i.purpose = p.purpose
    WHERE i.direction = 'out' AND i.business_date >= p.from_on AND i.business_date < CAST($as_of AS DATE)
    GROUP BY p.list_month, p.customer_key
),
spent AS (
    SELECT
        p.list_month, p.customer_key, CAST(SUM(d.orders) AS BIGINT) AS orders, CAST(SUM(d.net) AS BIGINT) AS net
    FROM planned AS p
    INNER JOIN customer_day AS d ON d.customer_key = p.customer_key
    WHERE d.business_date >= p.from_on AND d.business_date < p.to_on AND d.business_date < CAST($as_of AS DATE)
    GROUP BY p.list_month, p.customer_key
)
SELECT
    p.list_month, p.customer_key, p.action, p.held_out,
    CASE WHEN k.customer_key IS NULL THEN 0 ELSE 1 END AS done,
    CASE WHEN s.orders > 0 THEN 1 ELSE 0 END AS bought,
    COALESCE(s.net, 0) AS net
FROM planned AS p
LEFT JOIN called AS k ON k.list_month = p.list_month AND k.customer_key = p.customer_key
LEFT JOIN spent AS s ON s.list_month = p.list_month AND s.customer_key = p.customer_key
ORDER BY p.list_month, p.action, p.customer_key
