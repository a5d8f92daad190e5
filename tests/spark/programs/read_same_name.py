"""Files: one replaced by a newer one of its name is new; one untouched is not."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add_text('{"n": 1}\n', name="a.json")
    rows.add_text('{"n": 2}\n', name="b.json")
    read = rows.read(spark, "n INT")
    answer = run_batches(read, folder)
    rows.add_text('{"n": 3}\n', name="a.json")
    rows.add_text('{"n": 4}\n', below="deep", name="b.json")
    return answer + run_batches(read, folder)
