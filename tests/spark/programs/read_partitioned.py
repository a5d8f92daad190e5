"""Files: partition columns from the names of folders, pruned by a filter."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text('{"v": 1}\n', below="day=2026-01-01/kind=a")
    rows.add_text('{"v": 2}\n', below="day=2026-01-02/kind=b%20c")
    rows.add_text('{"v": 3}\n', below="day=2026-01-01/kind=__HIVE_DEFAULT_PARTITION__")
    read = rows.read(spark, "v INT, day DATE, kind STRING")
    answer = run_batches(read, folder)
    counted = read.where("day = DATE'2026-01-01'").groupBy("kind").count()
    answer += run_batches(counted, folder, "update", name="counted")
    # A pruned file has no input rows in Spark; here they are read and left out.
    return [row for row in answer if row[0] != "progress"]
