"""Windows: starts that are negative or as long as the slide."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, outcome, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(0, 4, 5, 9))
    read = rows.read(spark, "time TIMESTAMP, value INT")
    answer = []
    for number, start in enumerate(("-1 minute", "4 minutes 59 seconds", "0 seconds")):
        window = f.window("time", "5 minutes", "5 minutes", start)
        frame = read.groupBy(window).count()
        answer += run_batches(frame, folder, "update", name=f"query{number}")
    for start in ("5 minutes", "-5 minutes", "1 month", "x"):
        found = outcome(
            lambda s=start: (
                read.groupBy(f.window("time", "5 minutes", "5 minutes", s))
                .count()
                .schema
            )
        )
        answer.append([start, *found])
    return answer
