-- Who made the peak of a category in the month $peak_month, beside the months from $first_month before it?
-- Grain: one row per attribute and its level; each attribute's rows add up to the whole. $category 'all' is the whole shop.
-- attribute   rfm_segment (as of today), gender, prefecture, rank, first_channel, birth_year
-- level       null where it is not known; guests have the segment 'guest'
-- customers   known customers who bought of it in the peak month
-- peak        net of its lines in the peak month (minor units)        before   in the months from $first_month before it
-- peak_attributes: the attributes to tell (attribute)
WITH booked AS (
    SELECT
        l.customer_key, l.ym,
        CASE WHEN l.line_type = 'product' AND COALESCE(l.quantity, 1) > 0 THEN GREATEST(l.amount, 0) ELSE 0 END
            AS gross,
        CASE WHEN l.line_type IN ('product', 'return') AND l.amount < 0 THEN l.amount
            WHEN l.line_type = 'discount' THEN -ABS(l.amount) ELSE 0 END AS less
    FROM order_lines AS l
    LEFT JOIN dropped_orders AS d ON d.order_id = l.order_id
    LEFT JOIN dropped_orders AS r ON r.order_id = l.return_of
    LEFT JOIN products AS p ON p.product_id = l.product_id
    WHERE l.ym >= $first_month AND l.ym <= $peak_month AND NOT l.cancelled AND d.order_id IS NULL AND r.order_id IS NULL
        AND ($category = 'all' OR p.category_1 = $category)
),
sold AS (
    SELECT
        customer_key,
        CAST(SUM(CASE WHEN ym = $peak_month THEN gross ELSE 0 END) AS BIGINT) AS bought,
        CAST(SUM(CASE WHEN ym = $peak_month THEN gross + less ELSE 0 END) AS BIGINT) AS peak,
        CAST(SUM(CASE WHEN ym = $peak_month THEN 0 ELSE gross + less END) AS BIGINT) AS before
    FROM booked
    GROUP BY customer_key
),
named AS (
    SELECT
        CASE WHEN b.customer_key IS NULL THEN 'guest' ELSE s.rfm_segment END AS rfm_segment,
        c.gender, c.prefecture, c.rank, c.first_channel, CAST(c.birth_year AS VARCHAR) AS birth_year,
        CASE WHEN b.customer_key IS NOT NULL AND b.bought > 0 THEN 1 ELSE 0 END AS customer, b.peak, b.before
    FROM sold AS b
    LEFT JOIN customer_segment AS s ON s.customer_key = b.customer_key
    LEFT JOIN customers AS c ON c.customer_key = b.customer_key
),
described AS (
    SELECT
        rfm_segment, gender, prefecture, rank, first_channel, birth_year,
        CAST(SUM(customer) AS BIGINT) AS customers, CAST(SUM(peak) AS BIGINT) AS peak,
        CAST(SUM(before) AS BIGINT) AS before
    FROM named
    GROUP BY rfm_segment, gender, prefecture, rank, first_channel, birth_year
),
levels AS (
    SELECT
        a.attribute,
        CASE a.attribute
            WHEN 'rfm_segment' THEN d.rfm_segment WHEN 'gender' THEN d.gender WHEN 'prefecture' THEN d.prefecture
            WHEN 'rank' THEN d.rank WHEN 'first_channel' THEN d.first_channel WHEN 'birth_year' THEN d.birth_year
            ELSE CAST(NULL AS VARCHAR)
        END AS level,
        d.customers, d.peak, d.before
    FROM described AS d
    CROSS JOIN peak_attributes AS a
)
SELECT
    attribute, level, CAST(SUM(customers) AS BIGINT) AS customers, CAST(SUM(peak) AS BIGINT) AS peak,
    CAST(SUM(before) AS BIGINT) AS before
FROM levels
GROUP BY attribute, level
ORDER BY attribute, level NULLS LAST
