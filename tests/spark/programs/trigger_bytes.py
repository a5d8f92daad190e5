"""Triggers: as many files a batch as bytes allow, but always one."""

from tests.spark.streams import Input, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    for size in (1, 1, 5, 1, 1):
        rows.add(*({"n": size} for _ in range(size)))
    reader = spark.readStream.schema("n INT").option("maxBytesPerTrigger", 20)
    answer = run_batches(reader.json(rows.path), folder)
    both = rows.read(spark, "n INT", maxBytesPerTrigger=20)
    return [*answer, outcome(lambda: run_batches(both, folder, name="both"))]
