"""Files: a row a file, its bytes as they are."""

from tests.spark.rows import plain
from tests.spark.streams import Input, failure, outcome, run_batches


def run(spark, folder):
    rows = Input(folder, suffix="bin")
    rows.add_text(b"\x00\x01\xff")
    rows.add_text(b"")

    def relative(row):
        return [v.replace(folder, "") if isinstance(v, str) else plain(v) for v in row]

    frame = spark.read.format("binaryFile").load(rows.path)
    answer = [["columns", frame.schema.simpleString()]]
    answer += [relative(row) for row in frame.orderBy("length").collect()]
    answer.append([frame.count()])
    answer += [
        [row.length] for row in frame.select("length").orderBy("length").collect()
    ]
    globbed = spark.read.format("binaryFile").option("pathGlobFilter", "*.bin")
    answer.append([globbed.load(rows.path).count()])
    own = spark.read.format("binaryFile").schema("a INT").load(rows.path)
    answer.append(["own schema", outcome(own.collect) != ["done"]])
    part = spark.read.format("binaryFile").schema("length BIGINT, content BINARY")
    answer.append(["part", outcome(part.load(rows.path).collect) != ["done"]])
    schema = "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY"
    reader = spark.readStream.format("binaryFile").option("maxFilesPerTrigger", 1)
    stream = (
        reader.schema(schema)
        .load(rows.path)
        .selectExpr("modificationTime", "length", "content")
    )
    answer += run_batches(stream, folder)
    bare = spark.readStream.format("binaryFile")
    answer.append(["no schema", *outcome(lambda: bare.load(rows.path))])
    long = spark.readStream.format("binaryFile").schema("value STRING").load(rows.path)
    answer.append(["text", failure(long, folder, name="text") != ["done"]])
    writer = frame.write.format("binaryFile")
    answer.append(["write", *outcome(lambda: writer.save(f"{folder}/out"))])
    return answer
