"""Files: the output of another query is not cleaned up by its reader."""

from tests.spark.streams import Input, failure, finish


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1})
    writer = rows.read(spark, "n INT").writeStream.format("json")
    writer = writer.option("checkpointLocation", f"{folder}/first")
    finish(writer.trigger(availableNow=True).start(f"{folder}/out"))
    answer = []
    for mode in ("off", "delete"):
        reader = spark.readStream.schema("n INT").option("cleanSource", mode)
        error = failure(reader.json(f"{folder}/out"), folder, name=mode)
        answer.append([mode, "is refused", error != ["done"]])
    return answer
