"""Joins: SQL over the view of a stream and the view of a table."""

from tests.spark.static_joins import each, names, orders

QUERIES = {
    "inner": "SELECT o.k, v, name FROM orders o JOIN names n ON o.k = n.k",
    "left": "SELECT * FROM orders o LEFT JOIN names n ON o.k = n.k AND n.name <> 'Ada'",
    "using": "SELECT * FROM orders JOIN names USING (k)",
    "semi": "SELECT * FROM orders LEFT SEMI JOIN names USING (k)",
    "anti": "SELECT * FROM orders o LEFT ANTI JOIN names n ON o.k = n.k",
    "right": "SELECT * FROM names n RIGHT OUTER JOIN orders o ON o.k = n.k",
    "cross": "SELECT v, name FROM orders CROSS JOIN names WHERE name LIKE 'A%'",
    "comma": "SELECT v, name FROM orders o, names n WHERE o.k = n.k",
    "hint": "SELECT /*+ BROADCAST(names) */ v, name FROM orders JOIN names USING (k)",
    "with": "WITH n AS (SELECT k, upper(name) AS u FROM names) "
    "SELECT v, u FROM orders JOIN n USING (k)",
    "below": "SELECT v, m FROM orders JOIN "
    "(SELECT k, max(name) AS m FROM names GROUP BY k) USING (k)",
}


def run(spark, folder):
    orders(spark, folder).createOrReplaceTempView("orders")
    names(spark).createOrReplaceTempView("names")
    return each({name: spark.sql(text) for name, text in QUERIES.items()}, folder)
