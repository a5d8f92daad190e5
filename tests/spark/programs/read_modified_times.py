"""Files: those changed before or after a time, in the session's zone or another."""

from tests.spark.streams import Input, failure, outcome


def run(spark, folder):
    rows = Input(folder)
    for number in range(4):
        rows.add({"n": number})
    # Changed at 2023-11-14T22:13:20Z, and each a second later.
    options = [
        {"modifiedAfter": "2023-11-14T22:13:21"},
        {"modifiedBefore": "2023-11-14T22:13:22"},
        {
            "modifiedAfter": "2023-11-14 22:13:20",
            "modifiedBefore": "2023-11-14T22:13:23",
        },
        {"modifiedBefore": "2023-11-14"},
        {"modifiedBefore": "2023-11-15"},
    ]

    def batch(chosen):
        frame = spark.read.schema("n INT").options(**chosen).json(rows.path)
        return sorted(row.n for row in frame.collect())

    answer = [["batch read", batch(chosen)] for chosen in options]
    for wrong in ("soon", ""):
        answer.append(["wrong", *outcome(lambda w=wrong: batch({"modifiedAfter": w}))])
    read = rows.read(spark, "n INT", modifiedAfter="2023-11-14T22:13:21")
    answer.append(["stream is refused", failure(read, folder) != ["done"]])
    return answer
