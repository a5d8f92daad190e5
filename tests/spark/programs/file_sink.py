"""File sink: a query's output, partitioned, read back as a batch and as a stream."""

from tests.spark.streams import Input, finish, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": None, "v": 2})
    rows.add({"k": "b c", "v": None})
    frame = rows.read(spark, "k STRING, v INT").selectExpr("k", "v", "v * 0.5D AS half")
    output = f"{folder}/output"
    writer = frame.writeStream.partitionBy("k").format("json")
    writer = writer.option("checkpointLocation", f"{folder}/written")
    finish(writer.trigger(availableNow=True).start(output))
    table = spark.read.schema("v INT, half DOUBLE, k STRING").json(output)
    found = sorted((list(row) for row in table.collect()), key=repr)
    again = spark.readStream.schema("v INT, half DOUBLE, k STRING").json(output)
    return [*found, *run_batches(again.where("v > 0"), folder)]
