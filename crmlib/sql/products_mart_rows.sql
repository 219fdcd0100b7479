-- How many rows would the mart of pairs have at most in each month, beside the lines it is made from?
-- Grain: one row per month.
-- ym
-- lines      different products in the baskets, added up
-- meetings   times that two products met in a basket, each twice     products   different products sold
-- larger     baskets with more than $max_basket different products, which are in none of these
SELECT
    ym,
    CAST(SUM(CASE WHEN product_id IS NULL AND products <= $max_basket THEN baskets * products ELSE 0 END) AS BIGINT) AS lines,
    CAST(SUM(CASE WHEN product_id IS NULL AND products <= $max_basket THEN baskets * products * (products - 1) ELSE 0 END)
        AS BIGINT) AS meetings,
    CAST(COUNT(DISTINCT product_id) AS BIGINT) AS products,
    CAST(SUM(CASE WHEN products > $max_basket THEN baskets ELSE 0 END) AS BIGINT) AS larger
FROM product_size_month
GROUP BY ym
ORDER BY ym
