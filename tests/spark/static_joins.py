"""Static joins: the stream and the tables that programs about them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.spark.streams import Input, run_batches


def orders(spark: Any, folder: str, name: str = "input") -> Any:
    """A stream of two files: a key that has no name, one that has two, a null."""
    rows = Input(folder, name)
    rows.add({"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": None, "v": 3})
    rows.add({"k": "a", "v": 4}, {"k": "c", "v": 5})
    return rows.read(spark, "k STRING, v INT")


def names(spark: Any) -> Any:
    """A table with a key twice, a null key, and a key that no row has."""
    return spark.createDataFrame(
        [("a", "Anna"), ("a", "Ada"), ("c", "Cleo"), ("d", "Dan"), (None, "nobody")],
        "k STRING, name STRING",
    )


def timed(
    spark: Any, folder: str, name: str = "timed", delay: str = "10 minutes"
) -> Any:
    """A stream of three files with a key and event times, late rows among them."""
    rows = Input(folder, name)
    rows.add(*_rows("a 0", "b 3", "a 12"))
    rows.add(*_rows("a 25", "c 26", "b 1"))
    rows.add(*_rows("c 50", "a 2", "b 41"))
    return rows.events(spark, "k STRING", delay)


def _rows(*texts: str) -> list[dict[str, Any]]:
    pairs = (text.split() for text in texts)
    return [
        {"k": key, "value": int(m), "time": f"2026-03-06T10:{int(m):02}:00Z"}
        for key, m in pairs
    ]


def each(
    frames: Mapping[str, Any], folder: str, mode: str = "append"
) -> list[list[Any]]:
    """The batches of each frame under its name."""
    answer: list[list[Any]] = []
    for name, frame in frames.items():
        file = name.replace(" ", "-")
        answer += [["query", name], *run_batches(frame, folder, mode, file)]
    return answer


def kinds(
    join: Callable[[str], Any],
    folder: str,
    *names: str,
    mode: str = "append",
) -> list[list[Any]]:
    """The batches of a join of each kind."""
    return each({name: join(name) for name in names}, folder, mode)


RIGHT_STATIC = ("inner", "left", "left_semi", "left_anti")
