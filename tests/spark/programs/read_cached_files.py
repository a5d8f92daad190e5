"""Files: those left over from a listing come first, older ones that came later last."""

from pathlib import Path

from tests.spark.streams import Input


def run(spark, folder):
    options = [
        {},
        {"maxCachedFiles": 0},
        {"maxCachedFiles": 1},
        {"discardCachedInputRatio": 1.0},
        {"latestFirst": True},
    ]
    return [["case", n, *case(spark, folder, n, o)] for n, o in enumerate(options)]


def case(spark, folder, number, options):
    rows = Input(folder, f"input{number}")
    for value in range(5):
        rows.add({"n": value})
    late = Input(folder, f"late{number}")
    late.add({"n": 99})
    target = Path(rows.path, "late.json")
    source = Path(late.path, "000.json")

    def bring_the_late_one(frame, batch_id):
        if source.exists():
            source.rename(target)

    read = rows.read(spark, "n INT", maxFilesPerTrigger=2, **options)
    writer = read.writeStream.foreachBatch(bring_the_late_one)
    writer = writer.option("checkpointLocation", f"{folder}/first{number}")
    query = writer.start()
    try:
        query.processAllAvailable()
    finally:
        query.stop()
    # The log says which files each batch took.
    logs = sorted(Path(folder, f"first{number}", "sources/0").glob("[0-9]"))
    return [
        [
            line.split('.json"')[0].split("/")[-1]
            for line in log.read_text().split("\n")[1:]
        ]
        for log in logs
    ]
