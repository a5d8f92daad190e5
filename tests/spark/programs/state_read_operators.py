"""State: of each of two steps, by the operator's number."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*at(1, 2, 12))
    rows.add(*at(25))
    short = rows.events(spark).groupBy(f.window("time", "10 minutes")).count()
    long = short.groupBy(f.window("window", "1 hour")).agg(f.sum("count").alias("n"))
    run_batches(long, folder)
    answer = []
    for number in (0, 1):
        reader = spark.read.format("statestore").option("operatorId", number)
        state = reader.load(f"{folder}/query-checkpoint")
        found = state.selectExpr("key.*", "value.*").collect()
        answer.append([number, sorted(map(list, found), key=repr)])
    return answer
