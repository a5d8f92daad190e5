"""Files: each field of _metadata, in streams, batches, filters and groups."""

from tests.spark.streams import Input, outcome, run_batches

FIELDS = [
    "file_path",
    "file_name",
    "file_size",
    "file_block_start",
    "file_block_length",
    "file_modification_time",
]


def relative(rows, folder):
    """Rows without the folder, which is another each time."""
    return [
        [str(v).replace(folder, "") if isinstance(v, str) else v for v in row]
        for row in rows
    ]


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1}, {"n": 2})
    rows.add_text('{"n": 3}\n', name="sp ace%.json")
    batch = spark.read.schema("n INT").json(rows.path)
    answer = [["columns", batch.schema.simpleString()]]
    fields = batch.selectExpr("n", *(f"_metadata.{f}" for f in FIELDS)).orderBy("n")
    answer.append(["fields", fields.schema.simpleString()])
    answer += relative(fields.collect(), folder)
    whole = batch.select("_metadata")
    answer.append(["whole", whole.schema.simpleString()])
    star = batch.selectExpr("_metadata.*")
    answer.append(["star", star.schema.simpleString()])
    named = batch.where("_metadata.file_name = '000.json'").select(
        "n", "_metadata.file_size"
    )
    answer += [[*row] for row in named.orderBy("n").collect()]
    grouped = batch.groupBy("_metadata.file_name").count().orderBy("file_name")
    answer += [[*row] for row in grouped.collect()]
    kept = batch.withColumn("m", batch["_metadata"]["file_name"]).orderBy("n")
    answer += [[*row] for row in kept.collect()]
    batch.createOrReplaceTempView("files_with_metadata")
    sql = "SELECT n, _metadata.file_size s FROM files_with_metadata ORDER BY n"
    answer.append(["view", *outcome(lambda: spark.sql(sql).collect())])
    lost = batch.select("n")
    answer.append(
        ["lost", *outcome(lambda: lost.select("_metadata.file_name").collect())]
    )
    odd = batch.select("_metadata.row_index")
    answer.append(["row_index of json", *outcome(odd.collect)])
    stream = rows.read(spark, "n INT")
    counted = stream.groupBy("_metadata.file_name").count()
    answer += run_batches(counted, folder, "update", name="grouped")
    filtered = stream.where("_metadata.file_name <> '000.json'").select("n")
    answer += run_batches(filtered, folder, name="filtered")[:2]
    text = Input(folder, "text", "text")
    text.add_text("a\nb\n")
    named = text.read(spark, "value STRING").select("value", "_metadata.file_name")
    answer += run_batches(named, folder, name="text")
    own = Input(folder, "own")
    own.add({"_metadata": "mine", "n": 1})
    mine = own.read(spark, "_metadata STRING, n INT").select("_metadata", "n")
    answer += run_batches(mine, folder, name="own")
    return answer
