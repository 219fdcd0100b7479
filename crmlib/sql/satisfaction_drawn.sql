-- Who is drawn by lot to be asked next, so many of each segment as the small table invite_sizes (rfm_segment, invite) says?
-- Grain: one row per customer drawn.
-- rfm_segment, customer_key, customer_id
SELECT a.rfm_segment, a.customer_key, a.customer_id
FROM satisfaction_askable AS a
INNER JOIN invite_sizes AS i ON i.rfm_segment = a.rfm_segment
WHERE a.askable = 1 AND a.place <= i.invite
ORDER BY a.rfm_segment, a.customer_key
