"""Join: dates, times and booleans as keys."""

from pyspark.sql import functions as f

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    left, right = Input(folder, "left"), Input(folder, "right")
    row = {"d": "2026-01-01", "t": "2026-01-01T10:00:00.123456Z", "b": True}
    other = {"d": "1969-12-31", "t": "1969-12-31T23:59:59.999999Z", "b": False}
    left.add({**row, "l": 1}, {"l": 2})
    right.add({**other, "r": 1}, {"r": 2})
    left.add({**other, "l": 3})
    right.add({**row, "r": 3}, {**row, "b": None, "r": 4})
    schema = "d DATE, t TIMESTAMP, b BOOLEAN"
    answer = []
    for names in (["d"], ["t"], ["b"], ["d", "t", "b"]):
        lefts = left.read(spark, f"{schema}, l INT").select(*names, "l")
        rights = right.read(spark, f"{schema}, r INT").select(*names, "r")
        frame = lefts.join(rights, names)
        answer += run_batches(frame, folder, name="-".join(names))
    time = left.read(spark, f"{schema}, l INT").select("t", "l")
    day = right.read(spark, f"{schema}, r INT").select("d", "r")
    mixed = time.join(day, f.expr("CAST(t AS DATE) = d"))
    return answer + run_batches(mixed, folder, name="mixed")
