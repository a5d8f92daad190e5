"""Joins: a view is what it was when the query began."""

from pathlib import Path

from tests.spark.static_joins import names, orders
from tests.spark.streams import batches, finish, keep


def run(spark, folder):
    names(spark).createOrReplaceTempView("known")
    read = orders(spark, folder)
    answers = Path(folder, "answers")
    answers.mkdir()
    writer = read.join(spark.table("known"), "k", "left").writeStream
    writer = writer.foreachBatch(replace_after(answers))
    writer = writer.option("checkpointLocation", f"{folder}/checkpoint")
    query = writer.trigger(availableNow=True).start()
    finish(query)
    return batches(query, answers)


def replace_after(answers):
    take = keep(answers, False)

    def take_and_replace(frame, batch_id):
        take(frame, batch_id)
        table = frame.sparkSession.createDataFrame(
            [("a", "other")], "k STRING, name STRING"
        )
        table.createOrReplaceTempView("known")

    return take_and_replace
