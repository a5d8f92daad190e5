"""Files: _metadata beside partition columns and of the other formats."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text('{"v": 1}\n', below="day=2026-01-01")
    rows.add_text('{"v": 2}\n', below="day=2026-01-02")
    read = rows.read(spark, "v INT, day DATE").select("*", "_metadata.file_name")
    answer = run_batches(read, folder)
    frame = spark.createDataFrame([(1, "a"), (2, "b")], "n INT, s STRING").coalesce(1)
    for kind in ("parquet", "csv"):
        path = f"{folder}/{kind}"
        frame.write.format(kind).save(path)
        found = spark.read.schema("n INT, s STRING").format(kind).load(path)
        fields = found.selectExpr(
            "n",
            "s",
            f"_metadata.file_name LIKE 'part-%.{kind}' OR "
            "_metadata.file_name LIKE 'part-%' AS named",
            "_metadata.file_size = _metadata.file_block_length AS whole",
            "_metadata.file_block_start AS start",
        )
        answer.append([kind, fields.schema.simpleString()])
        answer += [[*row] for row in fields.orderBy("n").collect()]
    index = spark.read.parquet(f"{folder}/parquet").select("n", "_metadata.row_index")
    answer.append(["index", index.schema.simpleString()])
    answer += [[*row] for row in index.orderBy("n").collect()]
    whole = spark.read.parquet(f"{folder}/parquet").select("_metadata")
    answer.append(["whole", whole.schema.simpleString()])
    return answer
