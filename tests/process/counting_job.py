"""Counting job: the README's program, on a disk that halts where it is told.

Started by `test_kill.py` in a folder with `events/`. It imports and connects at
once, then waits for its orders, one line of JSON on standard input:

    {"query": "counts", "halt_after": ["create offsets", 2]}
    {"query": "pairs", "halt_after": ["create offsets", 2]}
    {"query": "rows", "halt_after": null}              work off all there is, and end

It halts after the second durable act of that name, says so in one line on
standard output, and waits there to be killed. At its end it tells the output.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import unbounded
from tests.durable_steps import kind_of
from unbounded.files import LocalFiles


class HaltingFiles(LocalFiles):
    """The real disk; each durable act has a name: `create offsets`."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[str] = []
        self._counts: Counter[str] = Counter()
        self._halt_after: tuple[str, int] | None = None
        self._lock = threading.Lock()

    def halt_after(self, act: str, count: int) -> None:
        self._halt_after = act, count

    def create(self, path: str, data: bytes) -> None:
        super().create(path, data)
        self._note("create", path)

    def replace(self, path: str, data: bytes) -> None:
        super().replace(path, data)
        self._note("replace", path)

    def write(self, path: str, data: Any) -> None:
        super().write(path, data)
        self._note("write", path)

    def sync(self, paths: Sequence[str]) -> None:
        super().sync(paths)
        self._note("sync", paths[0])

    def delete_all(self, paths: Sequence[str]) -> None:
        names = [path for path in paths if os.path.exists(path)]
        super().delete_all(paths)
        if names:
            self._note("unlink", names[0])

    def _note(self, name: str, path: str) -> None:
        with self._lock:
            act = f"{name} {kind_of(name, os.path.relpath(path))}"
            self.acts.append(act)
            self._counts[act] += 1
            if (act, self._counts[act]) == self._halt_after:
                tell({"halted_after": act, "acts": self.acts})
                # Nothing else is written meanwhile: the lock is held.
                threading.Event().wait()


def tell(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


files = HaltingFiles()
spark = unbounded.connect(
    files=files, conf={"spark.sql.streaming.minBatchesToRetain": "2"}, threads=1
)

from pyspark.sql.functions import window  # noqa: E402

orders = json.loads(sys.stdin.readline())

events = (
    spark.readStream.schema("time TIMESTAMP, action STRING, id LONG")
    .option("maxFilesPerTrigger", 1)
    .json("events/")
)
if orders["query"] == "counts":
    result = events.groupBy("action", window("time", "1 hour")).count()
    writer = result.writeStream.outputMode("complete")
elif orders["query"] == "pairs":
    opened = events.filter("action = 'open'").selectExpr("id AS opened", "id % 5 AS k")
    closed = events.filter("action = 'close'").selectExpr("id AS closed", "id % 5 AS k")
    result = opened.join(closed, "k").select("opened", "closed")
    writer = result.writeStream.outputMode("append")
else:
    result = events.filter("action <> 'ignored'")
    writer = result.writeStream.outputMode("append")
writer = writer.option("checkpointLocation", "checkpoint/")

if orders["halt_after"] is None:
    writer = writer.trigger(availableNow=True)
else:
    files.halt_after(*orders["halt_after"])
query = writer.start("output/")
query.awaitTermination()

output = spark.read.parquet("output/")
if orders["query"] == "counts":
    rows = output.selectExpr("action", "hour(window.start)", "count")
elif orders["query"] == "pairs":
    rows = output
else:
    rows = output.select("id")
tell({"rows": sorted(list(row) for row in rows.collect()), "acts": files.acts})
