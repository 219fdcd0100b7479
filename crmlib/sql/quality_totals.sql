-- Does what an order's lines say add up to the order's own total?
-- Grain: one row per month from $first_month to $month, and store; orders without a store under null.
-- month, store_id
-- orders      orders with lines, not cancelled at their source
-- checked     of these, orders with a total of their own (not those whose only line is that total)
-- included    of the checked, orders whose lines + shipping and fees - discounts (and perhaps - points) are the total, or whose
--             total is told before discounts and points (Rakuten's is), within one minor unit for each tax rate on the receipt:
--             amounts hold the tax
-- excluded    of the others, orders where it fits once the tax is added (the order's own tax, else computed once per receipt and
--             rate, rounded down): amounts are without tax
-- agreeing    included + excluded
-- difference  total - the nearest of these sums, over the orders where none fits (minor units)
WITH rates AS (
    SELECT
        order_id, ym, rate,
        CAST(SUM(CASE
            WHEN line_type = 'point' THEN 0
            WHEN line_type = 'discount' THEN -ABS(amount)
            ELSE amount
        END) AS BIGINT) AS money,
        CAST(SUM(CASE WHEN line_type = 'shipping' THEN 1 ELSE 0 END) AS BIGINT) AS shipped,
        CAST(SUM(CASE WHEN line_type = 'discount' THEN ABS(amount) ELSE 0 END) AS BIGINT) AS discounts,
        CAST(SUM(CASE WHEN line_type = 'point' THEN ABS(amount) ELSE 0 END) AS BIGINT) AS points,
        CAST(SUM(CASE WHEN line_no = order_id THEN 0 ELSE 1 END) AS BIGINT) AS finer
    FROM line_rates
    WHERE ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE)
    GROUP BY order_id, ym, rate
),
taxed AS (
    -- The part of money * rate that a thousand divides, times a thousandth, is whole but for the last bits of a double.
    SELECT
        *, CAST(ROUND(CAST(ABS(money) * rate - (ABS(money) * rate) % 1000 AS DOUBLE) * 0.001, 0) AS BIGINT)
            * CASE WHEN money < 0 THEN -1 ELSE 1 END AS tax
    FROM rates
),
receipts AS (
    SELECT
        order_id, ym, CAST(COUNT(*) AS BIGINT) AS allowed, CAST(SUM(money) AS BIGINT) AS money,
        CAST(SUM(tax) AS BIGINT) AS tax, CAST(SUM(shipped) AS BIGINT) AS shipped,
        CAST(SUM(discounts) AS BIGINT) AS discounts, CAST(SUM(points) AS BIGINT) AS points,
        CAST(SUM(finer) AS BIGINT) AS finer
    FROM taxed
    GROUP BY order_id, ym
),
offs AS (
    SELECT
        o.ym, o.store_id, r.allowed, COALESCE(o.tax, r.tax) AS tax,
        CASE WHEN r.points = 0 THEN ABS(COALESCE(o.points_used, 0)) ELSE r.points END AS points,
        CASE WHEN r.discounts = ABS(COALESCE(o.discount, 0)) THEN r.discounts
            ELSE r.discounts + ABS(COALESCE(o.discount, 0)) END AS discounts,
        CASE WHEN r.finer > 0 THEN o.total ELSE NULL END - r.money
            - CASE WHEN r.shipped = 0 THEN COALESCE(o.shipping, 0) ELSE 0 END
            + CASE WHEN r.discounts = ABS(COALESCE(o.discount, 0)) THEN 0 ELSE ABS(COALESCE(o.discount, 0)) END AS off
    FROM receipts AS r
    INNER JOIN orders AS o ON o.order_id = r.order_id AND o.ym = r.ym
),
after AS (
    SELECT
        ym, store_id, allowed, off, tax, discounts,
        CASE WHEN ABS(off + points) < ABS(off) THEN off + points ELSE off END AS with_tax,
        CASE WHEN ABS(off - tax + points) < ABS(off - tax) THEN off - tax + points ELSE off - tax END AS without_tax
    FROM offs
),
nearest AS (
    SELECT
        ym, store_id, allowed, off,
        CASE WHEN ABS(off - discounts) < ABS(with_tax) THEN off - discounts ELSE with_tax END AS with_tax,
        CASE WHEN ABS(off - tax - discounts) < ABS(without_tax) THEN off - tax - discounts ELSE without_tax END
            AS without_tax
    FROM after
),
judged AS (
    SELECT
        ym, store_id, off, CASE WHEN ABS(with_tax) <= ABS(without_tax) THEN with_tax ELSE without_tax END AS left_over,
        CASE WHEN ABS(with_tax) <= allowed THEN 1 ELSE 0 END AS included,
        CASE WHEN ABS(with_tax) > allowed AND ABS(without_tax) <= allowed THEN 1 ELSE 0 END AS excluded
    FROM nearest
)
SELECT
    ym AS month, store_id,
    CAST(COUNT(*) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN off IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS checked,
    CAST(SUM(included) AS BIGINT) AS included,
    CAST(SUM(excluded) AS BIGINT) AS excluded,
    CAST(SUM(included + excluded) AS BIGINT) AS agreeing,
    CAST(SUM(CASE WHEN off IS NULL OR included + excluded = 1 THEN 0 ELSE left_over END) AS BIGINT) AS difference
FROM judged
GROUP BY ym, store_id
ORDER BY ym, store_id NULLS FIRST
