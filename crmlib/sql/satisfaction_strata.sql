-- How much does each segment of buyers answer, and how many of it may be asked next?
-- Grain: one row per segment.
-- rfm_segment, customers (buyers)
-- told, askable   customers        asked, came   invitations (see satisfaction_askable)
SELECT
    rfm_segment,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(told) AS BIGINT) AS told,
    CAST(SUM(asked) AS BIGINT) AS asked,
    CAST(SUM(came) AS BIGINT) AS came,
    CAST(SUM(askable) AS BIGINT) AS askable
FROM satisfaction_askable
GROUP BY rfm_segment
ORDER BY rfm_segment
