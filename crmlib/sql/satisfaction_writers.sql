-- In which RFM segment are those who wrote (small table satisfaction_keys: customer_key) on $as_of?
-- Grain: one row per known customer who wrote.
-- customer_key   rfm_segment   code of the segment map; 'prospect' without a purchase in the window
SELECT k.customer_key, s.rfm_segment
FROM satisfaction_keys AS k
INNER JOIN customer_segment AS s ON s.customer_key = k.customer_key
ORDER BY k.customer_key
