-- Which details of customers contradict each other, and how much of the month's sales hangs on them?
-- Grain: one row per rule of quality_held.
-- checked   customers known on $as_of of whom the details are known      broken   of these, those that contradict
-- sales     net money of the broken ones in the month $month (minor units)
SELECT
    rule,
    CAST(COUNT(*) AS BIGINT) AS checked,
    CAST(SUM(wrong) AS BIGINT) AS broken,
    CAST(SUM(CASE WHEN wrong = 1 THEN net ELSE 0 END) AS BIGINT) AS sales
FROM quality_held
GROUP BY rule
ORDER BY rule
