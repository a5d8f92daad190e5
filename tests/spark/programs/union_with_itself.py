"""Union: of a stream with itself; its rows are read for each side."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1}, {"n": 5})
    rows.add({"n": 3})
    read = rows.read(spark, "n INT")
    frame = read.where("n > 2").union(read.selectExpr("n * 100"))
    counted = frame.groupBy("n").count()
    answer = run_batches(frame, folder)
    return answer + run_batches(counted, folder, "update", name="counted")
