-- Who takes part in the shop's events: how many of each segment buy during one, and how many did four weeks before?
-- Grain: one row per event and segment.
-- event_no      number of the event in the table event_spans (first_on, last_on: its days; month_end: the last month end before)
-- rfm_segment   at that month end
-- customers     buyers known at the month end (of the table segment_history)
-- buyers        of these, with a purchase on the event's days        before   with one on the days 28 days earlier
WITH spans AS (
    SELECT
        event_no, CAST(first_on AS DATE) AS first_on, CAST(last_on AS DATE) AS last_on,
        CAST(month_end AS DATE) AS month_end
    FROM event_spans
),
came AS (
    SELECT
        s.event_no, d.customer_key,
        MAX(CASE WHEN d.business_date >= s.first_on THEN 1 ELSE 0 END) AS inside,
        MAX(CASE WHEN d.business_date <= s.last_on - INTERVAL 28 DAY THEN 1 ELSE 0 END) AS before
    FROM customer_day AS d
    INNER JOIN spans AS s ON d.business_date >= s.first_on - INTERVAL 28 DAY AND d.business_date <= s.last_on
    WHERE d.customer_key IS NOT NULL AND d.orders > 0 AND d.business_date < CAST($as_of AS DATE)
        AND (d.business_date >= s.first_on OR d.business_date <= s.last_on - INTERVAL 28 DAY)
    GROUP BY s.event_no, d.customer_key
)
SELECT
    s.event_no, h.rfm_segment, CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(COALESCE(c.inside, 0)) AS BIGINT) AS buyers, CAST(SUM(COALESCE(c.before, 0)) AS BIGINT) AS before
FROM spans AS s
INNER JOIN segment_history AS h ON h.month_end = s.month_end
LEFT JOIN came AS c ON c.event_no = s.event_no AND c.customer_key = h.customer_key
GROUP BY s.event_no, h.rfm_segment
ORDER BY s.event_no, h.rfm_segment
