-- What was sold at which price a piece, from $first_month on?
-- Grain: one row per price band with a gross line.
-- band        number of the band: its pieces cost at least its lowest price, and less than the next band's
-- orders      purchases with such a line            customers   known customers who bought one
-- quantity    pieces                                gross       money of the lines (minor units)
-- price_edges: band, lowest, below (minor units; below is null for the dearest)
SELECT
    e.band, CAST(COUNT(DISTINCT l.order_id) AS BIGINT) AS orders,
    CAST(COUNT(DISTINCT l.customer_key) AS BIGINT) AS customers, CAST(SUM(l.quantity) AS BIGINT) AS quantity,
    CAST(SUM(l.amount) AS BIGINT) AS gross
FROM product_lines AS l
INNER JOIN price_edges AS e ON l.amount >= e.lowest * l.quantity AND (e.below IS NULL OR l.amount < e.below * l.quantity)
GROUP BY e.band
ORDER BY e.band
