-- Which rates of consumption tax stand in the data of each month, and were they in force on that day?
-- Grain: one row per month from $first_month to $month, rate, and answer.
-- month
-- tax_rate   in thousandths (80 = 8 %); null where the data has no rate
-- expected   yes | no | unknown (no rate in the data, or a country whose rates are not known here). In Japan: 3 % from 1989-04-01,
--            5 % from 1997-04-01, 8 % from 2014-04-01, 10 % and reduced 8 % from 2019-10-01; 0 is always right (not taxable); money
--            given back may carry the rate of an earlier day
-- lines      lines with money               amount   their money (minor units)
WITH asked AS (
    SELECT
        ym AS month, recorded AS tax_rate, amount,
        CASE
            WHEN recorded IS NULL OR $country <> 'JP' THEN 'unknown'
            WHEN recorded = 0 THEN 'yes'
            WHEN recorded = 30 AND business_date >= DATE '1989-04-01'
                AND (business_date < DATE '1997-04-01' OR amount < 0) THEN 'yes'
            WHEN recorded = 50 AND business_date >= DATE '1997-04-01'
                AND (business_date < DATE '2014-04-01' OR amount < 0) THEN 'yes'
            WHEN recorded = 80 AND business_date >= DATE '2014-04-01' THEN 'yes'
            WHEN recorded = 100 AND business_date >= DATE '2019-10-01' THEN 'yes'
            ELSE 'no'
        END AS expected
    FROM line_rates
    WHERE ym >= $first_month AND ym <= $month AND business_date < CAST($as_of AS DATE) AND amount <> 0
        AND line_type <> 'point'
)
SELECT month, tax_rate, expected, CAST(COUNT(*) AS BIGINT) AS lines, CAST(SUM(amount) AS BIGINT) AS amount
FROM asked
GROUP BY month, tax_rate, expected
ORDER BY month, tax_rate NULLS LAST, expected
