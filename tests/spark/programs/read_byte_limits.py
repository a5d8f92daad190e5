"""Files: so many bytes a batch, and one file at least."""

from tests.spark.streams import Input, failure, run_batches


def run(spark, folder):
    rows = Input(folder)
    for count in (1, 3, 1, 1, 5, 1):
        rows.add(*({"n": n} for n in range(count)))
    answer = []
    for limit in (1, 18, 20, 27, 36, 1000):
        reader = spark.readStream.schema("n INT").option("maxBytesPerTrigger", limit)
        found = run_batches(reader.json(rows.path), folder, name=f"bytes{limit}")
        answer.append([limit, [row[2] for row in found if row[0] == "progress"]])
    for number, wrong in enumerate(
        ({"maxBytesPerTrigger": 0}, {"maxBytesPerTrigger": "x"})
    ):
        reader = spark.readStream.schema("n INT").options(**wrong)
        error = failure(reader.json(rows.path), folder, name=f"wrong{number}")
        answer.append(["is refused", error != ["done"]])
    latest = spark.readStream.schema("n INT").options(
        maxBytesPerTrigger=30, latestFirst=True
    )
    found = run_batches(latest.json(rows.path), folder, name="latest")
    return [*answer, [row[2] for row in found if row[0] == "progress"]]
