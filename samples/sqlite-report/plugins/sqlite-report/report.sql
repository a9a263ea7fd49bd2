SELECT json_object('orders', sum(orders), 'regions', json_group_array(json_object('region', region, 'orders', orders, 'total', total)))
FROM (SELECT region, count(*) AS orders, sum(total) AS total FROM orders WHERE total >= :least GROUP BY region ORDER BY total DESC);
