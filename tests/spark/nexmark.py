"""Nexmark on Spark: what the programs of each family ask, over some events.

An answer is kept as how many rows there are, a checksum over all, and the first.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.nexmark.events import write_events
from bench.nexmark.queries import QUERIES
from bench.nexmark.views import Views, open_views
from tests.spark.rows import plain
from tests.spark.streams import run_batches

EVENTS, FILES, RATE = 5_000, 5, 100


def write(folder: str) -> str:
    """The events, in a folder below this one; its path."""
    place = Path(folder, "nexmark")
    write_events(place, EVENTS, FILES, RATE)
    return str(place)


def views(spark: Any, events: str, is_stream: bool) -> Views:
    return open_views(spark, events, is_stream, RATE)


def answers(spark: Any, folder: str, names: Sequence[str]) -> list[Any]:
    """Each query's answer as a batch; as a stream, where Spark accepts it, of each."""
    events = write(folder)
    found: list[Any] = []
    for name in names:
        query = QUERIES[name]
        rows = query.ask(views(spark, events, is_stream=False)).collect()
        found.append([name, "of all", *digest(plain([list(row) for row in rows]))])
        if query.is_refused:
            continue
        frame = query.ask(views(spark, events, is_stream=True))
        found.append([name, "columns", frame.schema.simpleString()])
        for kind, *batch in run_batches(frame, folder, query.mode, name):
            if kind == "batch":
                found.append([name, f"batch {batch[0]}", *digest(batch[1])])
    return found


def digest(rows: list[Any]) -> list[Any]:
    rows = sorted(rows, key=repr)
    return [len(rows), zlib.crc32(json.dumps(rows).encode()), *rows[:1]]
