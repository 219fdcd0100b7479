-- How long have subscriptions run, and which have ended?
-- Grain: one row per interval, days run and outcome.
-- interval_days   days between deliveries
-- days            days from the start to the end, or to $as_of where it still runs
-- ended           1 = cancelled before $as_of, else 0
-- contracts       subscriptions
SELECT
    interval_days,
    CAST(DATEDIFF('day', started_on, CASE WHEN cancelled_on < CAST($as_of AS DATE) THEN cancelled_on
        ELSE CAST($as_of AS DATE) END) AS BIGINT) AS days,
    CASE WHEN cancelled_on < CAST($as_of AS DATE) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS ended,
    CAST(COUNT(*) AS BIGINT) AS contracts
FROM subscriptions
WHERE interval_days > 0 AND started_on < CAST($as_of AS DATE)
    AND (cancelled_on IS NOT NULL OR COALESCE(status, 'active') <> 'cancelled')
GROUP BY interval_days,
    CAST(DATEDIFF('day', started_on, CASE WHEN cancelled_on < CAST($as_of AS DATE) THEN cancelled_on
        ELSE CAST($as_of AS DATE) END) AS BIGINT),
    CASE WHEN cancelled_on < CAST($as_of AS DATE) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END
ORDER BY interval_days, days, ended
