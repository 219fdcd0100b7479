-- In which segment was each buyer before, and since when are they in today's?
-- Grain: one row per buyer of the newest month end.
-- customer_key
-- previous_segment      the last other segment within the month ends looked at (null: none, or not a buyer yet)
-- segment_changed_on    the month end at which today's segment was first seen (null: it was so at all of them)
WITH newest AS (
    SELECT MAX(month_end) AS month_end, MIN(month_end) AS oldest
    FROM segment_history
),
now AS (
    SELECT h.customer_key, h.rfm_segment, n.oldest
    FROM segment_history AS h
    INNER JOIN newest AS n ON n.month_end = h.month_end
),
other AS (
    SELECT h.customer_key, MAX(h.month_end) AS month_end
    FROM segment_history AS h
    INNER JOIN now AS n ON n.customer_key = h.customer_key
    WHERE h.rfm_segment <> n.rfm_segment
    GROUP BY h.customer_key
),
since AS (
    SELECT h.customer_key, MIN(h.month_end) AS month_end
    FROM segment_history AS h
    LEFT JOIN other AS o ON o.customer_key = h.customer_key
    WHERE h.month_end > o.month_end OR o.month_end IS NULL
    GROUP BY h.customer_key
)
SELECT
    n.customer_key,
    p.rfm_segment AS previous_segment,
    CASE WHEN s.month_end > n.oldest THEN s.month_end ELSE CAST(NULL AS DATE) END AS segment_changed_on
FROM now AS n
LEFT JOIN other AS o ON o.customer_key = n.customer_key
LEFT JOIN segment_history AS p ON p.customer_key = n.customer_key AND p.month_end = o.month_end
LEFT JOIN since AS s ON s.customer_key = n.customer_key
ORDER BY n.customer_key
