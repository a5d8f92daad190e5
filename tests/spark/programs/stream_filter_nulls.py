"""Stateless: filters keep what is true alone, not what is unknown."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    rows.add(*({"id": i, "a": a} for i, a in enumerate([True, False, None])))
    rows.add({"id": 7, "a": None}, {"id": 8, "a": True})
    read = rows.read(spark, "id INT, a BOOLEAN")
    filters = ["a", "NOT a", "a OR id > 1", "a AND id > 1", "a IS NOT TRUE"]
    answers = [
        run_batches(read.where(f), folder, name=f"query{n}")
        for n, f in enumerate(filters[:3])
    ]
    both = read.where(filters[3]).selectExpr("id", "a IS NOT TRUE", "NOT a")
    return [row for answer in answers for row in answer] + run_batches(both, folder)
