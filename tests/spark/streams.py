"""Streams: what programs share: files that come in order, and what each batch gave.

Imported here and by the processes of real Spark. What a batch holds is written to
files by the function given to foreachBatch, for in real Spark that function runs in
a process of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException

from tests.spark.rows import NO_CONDITION, plain

_FIRST_FILE_SECONDS = 1_700_000_000
_TIMEOUT_SECONDS = 120

AVAILABLE_NOW = {"availableNow": True}
ONCE = {"once": True}


class Input:
    """A folder of a file source; each file is a second newer than the last."""

    def __init__(self, folder: str, name: str = "input", suffix: str = "json") -> None:
        self.path = str(Path(folder, name))
        self._suffix = suffix
        self._count = 0

    def add(self, *rows: Mapping[str, Any]) -> None:
        """One more file: a row of JSON a line."""
        self.add_text("".join(json.dumps(row) + "\n" for row in rows))

    def add_text(self, text: str | bytes, below: str = "", name: str = "") -> None:
        """One more file, there at once and whole, as a source demands."""
        data = text if isinstance(text, bytes) else text.encode()
        file = Path(self.path, below, name or f"{self._count:03}.{self._suffix}")
        file.parent.mkdir(parents=True, exist_ok=True)
        hidden = file.with_name(f"_{file.name}")
        hidden.write_bytes(data)
        seconds = _FIRST_FILE_SECONDS + self._count
        os.utime(hidden, (seconds, seconds))
        hidden.rename(file)
        self._count += 1

    def date_files(self) -> None:
        """Files written by the engine itself, dated in the order of their paths."""
        for file in sorted(Path(self.path).rglob(f"*.{self._suffix}")):
            seconds = _FIRST_FILE_SECONDS + self._count
            os.utime(file, (seconds, seconds))
            self._count += 1

    def read(self, spark: Any, schema: str, **options: Any) -> Any:
        """A stream of this folder's JSON, a file a batch."""
        reader = spark.readStream.schema(schema)
        options = {"maxFilesPerTrigger": 1, **options}
        return reader.options(**options).format(self._suffix).load(self.path)

    def events(
        self,
        spark: Any,
        more: str = "",
        delay: str = "10 minutes",
        column: str = "time",
    ) -> Any:
        """A stream of `at`'s rows and the columns `more`, with a watermark."""
        schema = f"time TIMESTAMP, value INT{', ' * bool(more)}{more}"
        return self.read(spark, schema).withWatermark(column, delay)


def start(
    frame: Any,
    folder: str,
    mode: str = "append",
    name: str = "query",
    is_ordered: bool = False,
    trigger: Mapping[str, Any] | None = AVAILABLE_NOW,
) -> tuple[Any, Path]:
    """A query with the checkpoint `name`, and the folder its batches go to."""
    runs = len(list(Path(folder).glob(f"{name}-rows-*")))
    rows = Path(folder, f"{name}-rows-{runs}")
    rows.mkdir()
    writer = frame.writeStream.outputMode(mode).foreachBatch(keep(rows, is_ordered))
    writer = writer.option("checkpointLocation", f"{folder}/{name}-checkpoint")
    if trigger is not None:
        writer = writer.trigger(**trigger)
    return writer.start(), rows


def keep(folder: Path, is_ordered: bool) -> Callable[[Any, int], None]:
    """What writes each batch to a file of its own."""

    def write(frame: Any, batch_id: int) -> None:
        rows = [plain(list(row)) for row in frame.collect()]
        if not is_ordered:
            rows.sort(key=repr)
        Path(folder, f"{batch_id:03}.json").write_text(json.dumps(rows))

    return write


def run_batches(
    frame: Any,
    folder: str,
    mode: str = "append",
    name: str = "query",
    is_ordered: bool = False,
    trigger: Mapping[str, Any] = AVAILABLE_NOW,
) -> list[Any]:
    """The columns, each batch's rows and each batch's numbers, to the input's end."""
    query, rows = start(frame, folder, mode, name, is_ordered, trigger)
    finish(query)
    return [["columns", frame.schema.simpleString()], *batches(query, rows)]


def finish(query: Any) -> None:
    try:
        assert query.awaitTermination(_TIMEOUT_SECONDS), "the query does not end"
    finally:
        query.stop()


def batches(query: Any, rows: Path) -> list[Any]:
    """Each batch's rows, then each batch's numbers."""
    files = sorted(rows.glob("*.json"))
    found = [["batch", int(f.stem), json.loads(f.read_text())] for f in files]
    return [*found, *progress(query)]


def progress(query: Any) -> list[Any]:
    """What is reported of each batch, but for what depends on the clock."""
    reports = [json.loads(report.json) for report in query.recentProgress]
    return [numbers(r) for r in reports if "addBatch" in r["durationMs"]]


def numbers(report: Mapping[str, Any]) -> list[Any]:
    keys = ("numRowsTotal", "numRowsUpdated", "numRowsRemoved")
    return [
        "progress",
        report["batchId"],
        [source["numInputRows"] for source in report["sources"]],
        [
            [o["operatorName"], *(o[k] for k in keys), o["numRowsDroppedByWatermark"]]
            for o in report["stateOperators"]
        ],
        plain(report.get("eventTime", {})),
    ]


def outcome(action: Callable[[], Any]) -> list[Any]:
    """`["done"]`, or the class and the condition of what was raised."""
    try:
        action()
    except PySparkException as error:
        return [type(error).__name__, error.getCondition() or NO_CONDITION]
    return ["done"]


def accepted(frame: Any, folder: str, mode: str) -> list[Any]:
    """What comes of starting a query in this mode; it writes nothing."""
    checkpoint = tempfile.mkdtemp(dir=folder)
    writer = frame.writeStream.format("noop").outputMode(mode)
    return outcome(
        lambda: writer.option("checkpointLocation", checkpoint).start().stop()
    )


def failure(frame: Any, folder: str, mode: str = "append", name: str = "query") -> Any:
    """The condition of what ends a query, at its start or later; its rows are lost."""
    writer = (
        frame.writeStream.format("noop").outputMode(mode).trigger(availableNow=True)
    )
    writer = writer.option("checkpointLocation", f"{folder}/{name}-checkpoint")
    try:
        finish(writer.start())
    except PySparkException as error:
        named: list[str] = re.findall(r"\[([A-Z][A-Z0-9_.]{5,})\]", str(error))
        causes = [name for name in named if name != "STREAM_FAILED"]
        return causes[:1] or [NO_CONDITION]
    return ["done"]


@contextlib.contextmanager
def setting(spark: Any, key: str, value: str) -> Iterator[None]:
    """A setting of the session, put back afterwards."""
    before = spark.conf.get(key)
    spark.conf.set(key, value)
    try:
        yield
    finally:
        spark.conf.set(key, before)


def at(*minutes: int, **columns: Any) -> list[dict[str, Any]]:
    """Rows with a time, given in minutes after ten o'clock, and their minute."""
    return [
        {"time": f"2026-03-06T{10 + m // 60:02}:{m % 60:02}:00Z", "value": m, **columns}
        for m in minutes
    ]
