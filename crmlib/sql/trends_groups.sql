-- Who brought the sales of the month $month: new, retained and returned customers, and guests?
-- Grain: one row per group with anything booked in the month.
-- known_as    new: the first purchase ever lies in the month; returned: not new, and the last purchase before $start lies more than
--             $lost_after_days days back; retained: every other buyer; none: no purchase in the month, only something taken back;
--             guest: no customer is named
-- customers   distinct buyers (0 for none and guest)
-- orders      purchases            sales   net money (minor units)
WITH summed AS (
    SELECT
        customer_key,
        MIN(CASE WHEN orders > 0 THEN business_date ELSE CAST(NULL AS DATE) END) AS first_on,
        MAX(CASE WHEN orders > 0 AND business_date < CAST($start AS DATE) THEN business_date ELSE CAST(NULL AS DATE) END)
            AS before_on,
        CAST(SUM(CASE WHEN ym = $month THEN 1 ELSE 0 END) AS BIGINT) AS days,
        CAST(SUM(CASE WHEN ym = $month THEN orders ELSE 0 END) AS BIGINT) AS orders,
        CAST(SUM(CASE WHEN ym = $month THEN net ELSE 0 END) AS BIGINT) AS sales
    FROM customer_day
    WHERE business_date < CAST($as_of AS DATE)
    GROUP BY customer_key
),
told AS (
    SELECT
        orders, sales,
        CASE
            WHEN customer_key IS NULL THEN 'guest'
            WHEN orders = 0 THEN 'none'
            WHEN first_on >= CAST($start AS DATE) THEN 'new'
            WHEN DATEDIFF('day', before_on, CAST($start AS DATE)) > $lost_after_days THEN 'returned'
            ELSE 'retained'
        END AS known_as
    FROM summed
    WHERE days > 0
)
SELECT
    known_as,
    CAST(SUM(CASE WHEN known_as IN ('guest', 'none') THEN 0 ELSE 1 END) AS BIGINT) AS customers,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(sales) AS BIGINT) AS sales
FROM told
GROUP BY known_as
ORDER BY known_as
