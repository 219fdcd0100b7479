-- Whom did several campaigns, or several members of staff, contact at nearly the same time?
-- Grain: one row per kind, customer and day of the later contact.
-- kind           campaigns (two through one channel within $double_days days), staff (two of them within $staff_days)
-- customer_key
-- contact_on     day of the later contact
-- one, other     the campaigns, or the members of staff
WITH double_calls AS (
    SELECT customer_key, CAST(business_date AS DATE) AS called_on, staff_id
    FROM interactions
    WHERE customer_key IS NOT NULL AND staff_id IS NOT NULL AND direction = 'out'
        AND business_date < CAST($as_of AS DATE) AND business_date >= CAST($doubles_from AS DATE)
    GROUP BY customer_key, CAST(business_date AS DATE), staff_id
)
SELECT
    'campaigns' AS kind, a.customer_key, a.contact_on, MIN(b.campaign_id) AS one, a.campaign_id AS other
FROM campaigns_contacts AS a
INNER JOIN campaigns_contacts AS b ON b.customer_key = a.customer_key AND b.channel = a.channel AND b.nth < a.nth
WHERE DATEDIFF('day', b.contact_on, a.contact_on) < $double_days AND a.contact_on >= CAST($doubles_from AS DATE)
GROUP BY a.customer_key, a.contact_on, a.campaign_id
UNION ALL
SELECT
    'staff' AS kind, a.customer_key, a.called_on AS contact_on, MIN(b.staff_id) AS one, a.staff_id AS other
FROM double_calls AS a
INNER JOIN double_calls AS b ON b.customer_key = a.customer_key AND b.staff_id <> a.staff_id
    AND (b.called_on < a.called_on OR (b.called_on = a.called_on AND b.staff_id < a.staff_id))
WHERE DATEDIFF('day', b.called_on, a.called_on) < $staff_days
GROUP BY a.customer_key, a.called_on, a.staff_id
ORDER BY kind, customer_key, contact_on, other
