"""Tables: a query into one in folders by a column, which then comes last."""

from tests.spark.streams import AVAILABLE_NOW, Input, finish

TABLE = "table_partitioned"


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": None, "v": 2}, {"k": "x y", "v": None})
    frame = rows.read(spark, "k STRING, v INT")
    writer = frame.writeStream.partitionBy("k").format("json")
    writer = writer.option("checkpointLocation", f"{folder}/written")
    try:
        finish(writer.trigger(**AVAILABLE_NOW).toTable(TABLE))
        table = spark.table(TABLE)
        columns = spark.catalog.listColumns(TABLE)
        return [
            table.schema.simpleString(),
            *sorted(([*row] for row in table.collect()), key=repr),
            *([c.name, c.dataType, c.nullable, c.isPartition] for c in columns),
        ]
    finally:
        spark.sql(f"DROP TABLE IF EXISTS {TABLE}")
