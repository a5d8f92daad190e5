"""Files: a schema inferred from what is there, when the session asks for it."""

from tests.spark.streams import Input, run_batches, setting


def run(spark, folder):
    rows = Input(folder)
    rows.add({"n": 1, "s": "x", "d": 1.5, "l": [1], "t": "2026-01-02T03:04:05Z"})
    rows.add({"n": 2**40, "b": True, "o": {"x": None, "y": 1}, "s": None})
    lines = Input(folder, "lines", "csv")
    lines.add_text("a,b,c,d\n1,2.5,x,2026-01-02\n2,,y,2026-01-03\n")
    with setting(spark, "spark.sql.streaming.schemaInference", "true"):
        reader = spark.readStream.option("maxFilesPerTrigger", 1)
        answer = run_batches(reader.json(rows.path), folder)
        reader = spark.readStream.options(header=True, inferSchema=True)
        return answer + run_batches(reader.csv(lines.path), folder, name="csv")
