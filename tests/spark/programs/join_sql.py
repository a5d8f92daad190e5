"""Join: streams as views, joined by SQL."""

from tests.spark.pairs import NEAR, Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "2 a, 3 c")
    pair.add("4 c, 5 a", "4 b")
    pair.add("60 x", "60 x")
    pair.left().createOrReplaceTempView("join_sql_left")
    pair.right().createOrReplaceTempView("join_sql_right")
    tables = "join_sql_left AS x {} JOIN join_sql_right AS y"
    answer = []
    for kind in ("INNER", "LEFT", "RIGHT OUTER", "FULL OUTER", "LEFT SEMI"):
        frame = spark.sql(f"SELECT * FROM {tables.format(kind)} ON {NEAR}")
        answer += run_batches(frame, folder, name=kind)
    listed = "SELECT x.l, y.r FROM join_sql_left x, join_sql_right y WHERE "
    return answer + run_batches(spark.sql(listed + NEAR), folder, name="listed")
