"""Join: the columns of an outer join may be null; those of a semi join are not."""

from pyspark.sql import functions as f

from tests.spark.pairs import NEAR, Pair


def run(spark, folder):
    pair = Pair(spark, folder)
    pair.add("1 a", "1 a")
    answer = []
    for kind in ("inner", "left", "right", "outer", "full", "semi", "leftsemi"):
        frame = pair.left().join(pair.right(), f.expr(NEAR), kind)
        fields = [[field.name, field.nullable] for field in frame.schema]
        answer.append([kind, frame.isStreaming, fields])
    return answer
