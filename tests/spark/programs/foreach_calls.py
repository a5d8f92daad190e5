"""Foreach: what is called, in which order, and what becomes of errors."""

from pathlib import Path

from pyspark.errors import PySparkException

from tests.spark.streams import AVAILABLE_NOW, Input, finish


class Writer:
    def __init__(self, log, fails=None, wants=True):
        self.log, self.fails, self.wants = log, fails, wants

    def note(self, *words):
        with open(self.log, "a") as file:
            file.write(" ".join(map(str, words)) + "\n")
        if self.fails == words[0]:
            raise ValueError(f"in {words[0]}")

    def open(self, partition_id, epoch_id):
        self.note("open", partition_id, epoch_id)
        return self.wants

    def process(self, row):
        self.note("process", row.k, row["v"])

    def close(self, error):
        self.note("close", type(error).__name__)


class ProcessOnly:
    def __init__(self, log):
        self.log = log

    def process(self, row):
        with open(self.log, "a") as file:
            file.write(f"process {row.v}\n")


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 2})
    rows.add({"k": "c", "v": 3})
    frame = rows.read(spark, "k STRING, v INT")
    log = Path(folder, "log")

    def function(row):
        with open(log, "a") as file:
            file.write(f"row {row.k}\n")

    writers = {
        "all three": Writer(log),
        "not wanted": Writer(log, wants=False),
        "process fails": Writer(log, "process"),
        "process only": ProcessOnly(log),
        "function": function,
        "no process": object(),
        "no function": 3,
    }
    answer = []
    for name, writer in writers.items():
        log.write_text("")
        try:
            stream = frame.writeStream.foreach(writer)
            stream = stream.option("checkpointLocation", f"{folder}/{name}")
            finish(stream.trigger(**AVAILABLE_NOW).start())
            ended = "done"
        except PySparkException as error:
            ended = type(error).__name__
        answer.append([name, ended, *log.read_text().splitlines()])
    return answer
