-- Through which channel, and in which part of the day, did each customer answer?
-- Grain: one row per customer, kind and code.
-- customer_key
-- kind       channel, or part (of the day)
-- code       the channel of the contacts; the part of the day
-- tries      of channel: contacts made through it. Of part: first opens, clicks, orders and redemptions in all
-- answered   of channel: contacts answered. Of part: those that fell into it
WITH preference_parts AS (
    SELECT r.customer_key, q.part, CAST(COUNT(*) AS BIGINT) AS answered
    FROM responses AS r
    INNER JOIN campaign_clock AS k ON CAST(k.utc_day AS DATE) = CAST(r.at AS DATE) AND k.utc_hour = HOUR(r.at)
    INNER JOIN campaign_parts AS q ON q.hour = k.local_hour
    WHERE r.customer_key IS NOT NULL AND CAST(k.local_day AS DATE) < CAST($as_of AS DATE) AND r.type <> 'opt_out'
        AND r.type <> 'click'
    GROUP BY r.customer_key, q.part
),
preference_all AS (
    SELECT customer_key, CAST(SUM(answered) AS BIGINT) AS tries FROM preference_parts GROUP BY customer_key
)
SELECT
    customer_key, 'channel' AS kind, channel AS code, CAST(COUNT(*) AS BIGINT) AS tries,
    CAST(SUM(answered) AS BIGINT) AS answered
FROM campaigns_contacts
GROUP BY customer_key, channel
UNION ALL
SELECT p.customer_key, 'part' AS kind, p.part AS code, a.tries, p.answered
FROM preference_parts AS p
INNER JOIN preference_all AS a ON a.customer_key = p.customer_key
ORDER BY customer_key, kind, code
