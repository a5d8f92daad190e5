"""Watermark: delays in every unit, added up, with fractions, of months."""

from tests.spark.streams import Input, at, run_batches


def run(spark, folder):
    answer = []
    delays = ("1 day 2 hours", "2 weeks", "1 month", "1 year", "1.5 seconds")
    delays += ("interval '90' minute", "100 microseconds", "1 minute -30 seconds")
    for number, delay in enumerate(delays):
        rows = Input(folder, f"input{number}")
        rows.add(*at(0))
        rows.add(*at(1))
        frame = rows.events(spark, delay=delay).groupBy("time").count()
        answer += [delay, *run_batches(frame, folder, "update", name=f"query{number}")]
    return answer
