"""Files: the newest first, and what is older on the next trigger."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    for number in range(4):
        rows.add({"n": number})
    read = rows.read(spark, "n INT", latestFirst=True, maxFilesPerTrigger=2)
    answer = run_batches(read, folder)
    rows.add({"n": 9})
    return answer + run_batches(read, folder)
