"""Memory sink: groups in each mode, as a table to query."""

from pyspark.sql import functions as f

from tests.spark.streams import AVAILABLE_NOW, Input, at, finish


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 12, k="a"))
    rows.add(*at(2, 40, k="a"))
    rows.add(*at(41, k="b"))
    counts = (
        rows.events(spark, "k STRING").groupBy(f.window("time", "10 minutes")).count()
    )
    answer = []
    for mode in ("append", "update", "complete"):
        name = f"kept_in_{mode}"
        writer = counts.writeStream.format("memory").queryName(name).outputMode(mode)
        writer = writer.option("checkpointLocation", f"{folder}/{mode}")
        finish(writer.trigger(**AVAILABLE_NOW).start())
        table = spark.sql(f"SELECT window.start, count FROM {name} ORDER BY 1, 2")
        answer.append([mode, *map(list, table.collect())])
    return answer
