"""Files: what is older than the newest one seen by more than the age is left out."""

import os
from pathlib import Path

from tests.spark.streams import Input, failure, run_batches


def run(spark, folder):
    answer = []
    cases = [
        {"maxFileAge": "10s"},
        {"maxFileAge": "10s", "latestFirst": True},
        {"maxFileAge": "10s", "latestFirst": True, "maxFilesPerTrigger": None},
        {"maxFileAge": "1h"},
        {"maxFileAge": 10_000},
    ]
    for number, chosen in enumerate(cases):
        rows = Input(folder, f"input{number}")
        rows.add({"n": 1})
        rows.add({"n": 2})
        given = {"maxFilesPerTrigger": 1, **chosen}
        given = {key: value for key, value in given.items() if value is not None}
        reader = spark.readStream.schema("n INT").options(**given)

        def read(reader=reader, rows=rows):
            return reader.json(rows.path)

        answer += run_batches(read(), folder, name=f"query{number}")
        for value, seconds in (
            (3, 1_700_000_100),
            (4, 1_700_000_095),
            (5, 1_600_000_000),
        ):
            rows.add({"n": value})
            file = sorted(Path(rows.path).iterdir())[-1]
            os.utime(file, (seconds, seconds))
        answer += run_batches(read(), folder, name=f"query{number}")
        rows.add({"n": 6})
        answer += run_batches(read(), folder, name=f"query{number}")
    rows = Input(folder, "wrong")
    rows.add({"n": 1})
    for wrong in ("a week", "-1s", "1.5h", "7 d", "7days"):
        read = rows.read(spark, "n INT", maxFileAge=wrong)
        error = failure(read, folder, name=f"wrong{len(answer)}")
        answer.append([wrong, "is refused", error != ["done"]])
    return answer
