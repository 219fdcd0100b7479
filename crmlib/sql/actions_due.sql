-- What falls due next for each customer: a coupon, a contract, a warranty, a birthday?
-- Grain: one row per customer_key and kind with a day from $as_of on.
-- kind   coupon, contract, warranty, birthday (code)            due_on   the next such day
SELECT customer_key, kind, MIN("on") AS due_on
FROM due_dates
WHERE "on" >= CAST($as_of AS DATE) AND kind IN ('coupon', 'contract', 'warranty', 'birthday')
GROUP BY customer_key, kind
ORDER BY customer_key, kind
