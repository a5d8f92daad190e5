"""Tables: a query into one, read by name as a batch and as a stream, over a restart."""

from tests.spark.streams import AVAILABLE_NOW, Input, finish, run_batches

TABLE = "table_of_stream"


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 2})
    frame = rows.read(spark, "k STRING, v INT")

    def write():
        writer = frame.writeStream.option("checkpointLocation", f"{folder}/written")
        finish(writer.trigger(**AVAILABLE_NOW).toTable(TABLE))
        return sorted([*row] for row in spark.read.table(TABLE).collect())

    try:
        first = write()
        rows.add({"k": "c", "v": 3})
        second = write()
        third = write()
        sql = spark.sql(f"SELECT k, t.v FROM default.{TABLE} AS t WHERE v > 1")
        found = sorted([*row] for row in sql.collect())
        stream = spark.readStream.option("maxFilesPerTrigger", 1).table(TABLE)
        streamed = run_batches(stream.where("v <> 2"), folder)
        schema = spark.table(TABLE.upper()).schema.simpleString()
        return [first, second, third, found, schema, *streamed]
    finally:
        spark.sql(f"DROP TABLE IF EXISTS {TABLE}")
