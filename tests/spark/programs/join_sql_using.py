"""Join: by SQL's USING."""

from tests.spark.pairs import Pair
from tests.spark.streams import run_batches


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a, 2 b", "1 a, 3 c")
    pair.add("3 c, 5 a", "2 b")
    pair.add("60 x", "60 x")
    left = pair.left().withColumnsRenamed({"lt": "time", "lk": "k"})
    right = pair.right().withColumnsRenamed({"rt": "time", "rk": "k"})
    left.createOrReplaceTempView("join_using_left")
    right.createOrReplaceTempView("join_using_right")
    texts = (
        "SELECT * FROM join_using_left JOIN join_using_right USING (k, time)",
        "SELECT * FROM join_using_left LEFT JOIN join_using_right USING (time)",
    )
    answer = []
    for number, text in enumerate(texts):
        answer += run_batches(spark.sql(text), folder, name=f"text{number}")
    return answer
