"""File sink: folders named by values of every type, and what is read back of them."""

from pathlib import Path

from tests.spark.streams import AVAILABLE_NOW, Input, finish

COLUMNS = {
    "t": "TIMESTAMP'2026-01-02 03:04:05.5'",
    "d": "1.0D",
    "b": "true",
    "m": "1.50BD",
    "dt": "DATE'2026-01-02'",
    "e": "''",
    "nothing": "CAST(NULL AS STRING)",
    "tn": "TIMESTAMP_NTZ'2026-01-02 03:04:05'",
    "s": "'a/b c%=:é'",
    "f": "1.5F",
    "i": "CAST(3 AS TINYINT)",
    "y": "CAST('xy' AS BINARY)",
}
# Of nothing but nulls Spark reads a column of no type, and this engine strings.
VOID = ("e", "nothing")


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1})
    frame = rows.read(spark, "n INT")
    answer = []
    for name, value in COLUMNS.items():
        output = f"{folder}/output-{name}"
        writer = frame.selectExpr("n", f"{value} AS {name}").writeStream
        writer = writer.partitionBy(name).format("parquet")
        writer = writer.option("checkpointLocation", f"{folder}/checkpoint-{name}")
        finish(writer.trigger(**AVAILABLE_NOW).start(output))
        found = spark.read.parquet(output)
        folders = sorted(path.name for path in Path(output).glob("*=*"))
        schema = [] if name in VOID else [found.schema.simpleString()]
        answer.append([name, folders, *schema, *map(list, found.collect())])
    return answer
