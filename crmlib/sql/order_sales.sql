-- What did each order bring in one month?
-- Grain: one row per order of the month $ym that is not cancelled at its source.
-- order_id, customer_key (null for guests), business_date, ym, dow (1 = Monday)
-- lines            gross lines
-- quantity         pieces on gross lines
-- gross            money of product lines with quantity > 0 and amount > 0 (minor units)
-- returns          positive money of negative product and return lines (minor units)
-- line_discounts   positive money of discount lines (minor units)
-- order_discount   positive money of the discount on the order itself (0 where it only repeats the sum of the order's discount
--                  lines, so that none counts twice), and of points where $points = 'discount'
-- $tax: as_recorded | included | excluded (order_tax says how it is converted); $points: payment | discount; dropped_orders:
-- fully cancelled orders left out
SELECT
    s.order_id, s.customer_key, s.business_date, s.ym, s.dow, s.lines, s.quantity,
    s.gross + COALESCE(t.gross, 0) AS gross,
    s.returns + COALESCE(t.returns, 0) AS returns,
    s.line_discounts + COALESCE(t.line_discounts, 0) AS line_discounts,
    s.order_discount + COALESCE(t.order_discount, 0) AS order_discount
FROM order_recorded AS s
LEFT JOIN order_tax AS t ON t.order_id = s.order_id
