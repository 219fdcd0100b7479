-- How recent, frequent and valuable is each customer, scored 1 to 5 with equal values together?
-- Grain: one row per customer with a line in the mart in the window; scores only for those with a purchase.
-- customer_key, first_order_on, last_order_on, recency_days, frequency, purchase_days, monetary, monetary_gross
--            as in customer_base
-- r_score    5 = bought most recently           m_score    5 = most money ($monetary: net | gross)
-- f_score    5 = most often ($frequency: days | orders)
-- $scoring   ranks: by the buyers below, at least $share_1, … $share_4 percent; but f 1 = bought once, 2 to 5 = quarters of
--            the rest. shares: so for all three, without that exception. cuts: by the value itself, 1 + how many of the
--            limits hold: days at most $r_cut_1, … $r_cut_4, times at least $f_cut_1, … and money $m_cut_1, … (minor units)
-- Ranks share the lowest place, and cuts are whole-number comparisons, so a score is a function of the value alone.
WITH buyers AS (
    SELECT
        customer_key, recency_days,
        CASE WHEN $frequency = 'orders' THEN frequency ELSE purchase_days END AS times,
        CASE WHEN $monetary = 'gross' THEN monetary_gross ELSE monetary END AS money
    FROM customer_base
    WHERE frequency > 0
),
ranked AS (
    SELECT
        customer_key, recency_days, times, money,
        CAST(COUNT(*) OVER () AS BIGINT) AS n,
        CAST(RANK() OVER (ORDER BY recency_days DESC NULLS LAST) AS BIGINT) - 1 AS r_before,
        CAST(RANK() OVER (ORDER BY money ASC NULLS FIRST) AS BIGINT) - 1 AS m_before
    FROM buyers
),
repeaters AS (
    SELECT
        customer_key,
        CAST(COUNT(*) OVER () AS BIGINT) AS n,
        CAST(RANK() OVER (ORDER BY times ASC NULLS FIRST) AS BIGINT) - 1 AS f_before
    FROM buyers
    WHERE times > 1
)
SELECT
    b.customer_key, b.first_order_on, b.last_order_on, b.recency_days, b.frequency, b.purchase_days, b.monetary,
    b.monetary_gross,
    CASE
        WHEN r.customer_key IS NULL THEN CAST(NULL AS BIGINT)
        WHEN $scoring = 'cuts' THEN CAST(1 + CASE WHEN r.recency_days <= $r_cut_1 THEN 1 ELSE 0 END
            + CASE WHEN r.recency_days <= $r_cut_2 THEN 1 ELSE 0 END
            + CASE WHEN r.recency_days <= $r_cut_3 THEN 1 ELSE 0 END
            + CASE WHEN r.recency_days <= $r_cut_4 THEN 1 ELSE 0 END AS BIGINT)
        ELSE CAST(1 + CASE WHEN 100 * r.r_before >= $share_1 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * r.r_before >= $share_2 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * r.r_before >= $share_3 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * r.r_before >= $share_4 * r.n THEN 1 ELSE 0 END AS BIGINT)
    END AS r_score,
    CASE
        WHEN r.customer_key IS NULL THEN CAST(NULL AS BIGINT)
        WHEN $scoring = 'cuts' THEN CAST(1 + CASE WHEN r.times >= $f_cut_1 THEN 1 ELSE 0 END
            + CASE WHEN r.times >= $f_cut_2 THEN 1 ELSE 0 END
            + CASE WHEN r.times >= $f_cut_3 THEN 1 ELSE 0 END
            + CASE WHEN r.times >= $f_cut_4 THEN 1 ELSE 0 END AS BIGINT)
        WHEN f.customer_key IS NULL THEN CAST(1 AS BIGINT)
        WHEN $scoring = 'shares' THEN CAST(1 + CASE WHEN 100 * (r.n - f.n + f.f_before) >= $share_1 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * (r.n - f.n + f.f_before) >= $share_2 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * (r.n - f.n + f.f_before) >= $share_3 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * (r.n - f.n + f.f_before) >= $share_4 * r.n THEN 1 ELSE 0 END AS BIGINT)
        ELSE CAST(2 + CASE WHEN 4 * f.f_before >= f.n THEN 1 ELSE 0 END
            + CASE WHEN 4 * f.f_before >= 2 * f.n THEN 1 ELSE 0 END
            + CASE WHEN 4 * f.f_before >= 3 * f.n THEN 1 ELSE 0 END AS BIGINT)
    END AS f_score,
    CASE
        WHEN r.customer_key IS NULL THEN CAST(NULL AS BIGINT)
        WHEN $scoring = 'cuts' THEN CAST(1 + CASE WHEN r.money >= $m_cut_1 THEN 1 ELSE 0 END
            + CASE WHEN r.money >= $m_cut_2 THEN 1 ELSE 0 END
            + CASE WHEN r.money >= $m_cut_3 THEN 1 ELSE 0 END
            + CASE WHEN r.money >= $m_cut_4 THEN 1 ELSE 0 END AS BIGINT)
        ELSE CAST(1 + CASE WHEN 100 * r.m_before >= $share_1 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * r.m_before >= $share_2 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * r.m_before >= $share_3 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 100 * r.m_before >= $share_4 * r.n THEN 1 ELSE 0 END AS BIGINT)
    END AS m_score
FROM customer_base AS b
LEFT JOIN ranked AS r ON r.customer_key = b.customer_key
LEFT JOIN repeaters AS f ON f.customer_key = b.customer_key
