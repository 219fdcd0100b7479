-- How recent, frequent and valuable is each customer, scored 1 to 5 with equal values together?
-- Grain: one row per customer with a line in the mart in the window; scores only for those with a purchase.
-- customer_key, first_order_on, last_order_on, recency_days, frequency, purchase_days, monetary, monetary_gross
--            as in customer_base
-- r_score    5 = bought most recently           m_score    5 = most money ($monetary: net | gross)
-- f_score    1 = bought once, 2 to 5 = quarters of the rest ($frequency: days | orders)
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
        customer_key, times,
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
    CASE WHEN r.customer_key IS NULL THEN CAST(NULL AS BIGINT) ELSE
        CAST(1 + CASE WHEN 5 * r.r_before >= r.n THEN 1 ELSE 0 END + CASE WHEN 5 * r.r_before >= 2 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 5 * r.r_before >= 3 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 5 * r.r_before >= 4 * r.n THEN 1 ELSE 0 END AS BIGINT)
    END AS r_score,
    CASE
        WHEN r.customer_key IS NULL THEN CAST(NULL AS BIGINT)
        WHEN f.customer_key IS NULL THEN CAST(1 AS BIGINT)
        ELSE CAST(2 + CASE WHEN 4 * f.f_before >= f.n THEN 1 ELSE 0 END
            + CASE WHEN 4 * f.f_before >= 2 * f.n THEN 1 ELSE 0 END
            + CASE WHEN 4 * f.f_before >= 3 * f.n THEN 1 ELSE 0 END AS BIGINT)
    END AS f_score,
    CASE WHEN r.customer_key IS NULL THEN CAST(NULL AS BIGINT) ELSE
        CAST(1 + CASE WHEN 5 * r.m_before >= r.n THEN 1 ELSE 0 END + CASE WHEN 5 * r.m_before >= 2 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 5 * r.m_before >= 3 * r.n THEN 1 ELSE 0 END
            + CASE WHEN 5 * r.m_before >= 4 * r.n THEN 1 ELSE 0 END AS BIGINT)
    END AS m_score
FROM customer_base AS b
LEFT JOIN ranked AS r ON r.customer_key = b.customer_key
LEFT JOIN repeaters AS f ON f.customer_key = b.customer_key
