-- At which rate of consumption tax was each line sold?
-- Grain: one row per line of an order that is not cancelled at its source.
-- order_id, line_no, line_type, quantity, amount, amount_ex_tax, return_of, customer_key, business_date, ym   as the line has them
-- recorded   the rate in the data, in thousandths (0.08, 8 and 8 % are 80); null where the data has none
-- rate       that rate, else the standard rate of the day where $country is JP, else 0
WITH told AS (
    SELECT
        order_id, line_no, line_type, quantity, amount, amount_ex_tax, return_of, customer_key, business_date, ym,
        CAST(ROUND(CASE WHEN tax_rate >= 1 THEN tax_rate * 10 ELSE tax_rate * 1000 END, 0) AS BIGINT) AS recorded
    FROM order_lines
    WHERE NOT cancelled
)
SELECT
    order_id, line_no, line_type, quantity, amount, amount_ex_tax, return_of, customer_key, business_date, ym, recorded,
    COALESCE(recorded, CASE
        WHEN $country <> 'JP' OR business_date < DATE '1989-04-01' THEN 0
        WHEN business_date < DATE '1997-04-01' THEN 30
        WHEN business_date < DATE '2014-04-01' THEN 50
        WHEN business_date < DATE '2019-10-01' THEN 80
        ELSE 100
    END) AS rate
FROM told
