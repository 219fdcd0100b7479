-- Which marks has each customer?
-- Grain: one row per customer_key and tag given before $as_of (or at a time that is not recorded).
-- customer_key, tag
SELECT DISTINCT t.customer_key, t.tag
FROM tags AS t
WHERE t.customer_key IS NOT NULL AND t.tag IS NOT NULL AND (t.at IS NULL OR t.at < CAST($as_of AS TIMESTAMP))
