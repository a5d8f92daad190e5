"""Bad joins: joins of two streams in kinds, modes and conditions that never end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.sql.connect.functions import expr

from tests.client.bad_answers import CASES
from tests.client.bad_streams import Folders, start

__all__ = ["JOINS"]

KEY = "l.a = r.a"
RANGE = "r.t >= l.t and r.t <= l.t + interval 1 hour"

# The kind, the output mode, the condition, and the sides that have a watermark.
JOINS: dict[str, tuple[str, str, str, str]] = {
    "left join of streams without watermark": ("left", "append", KEY, ""),
    "right join of streams without watermark": ("right", "append", KEY, ""),
    "full join of streams without watermark": ("full", "append", KEY, ""),
    "semi join of streams without watermark": ("semi", "append", KEY, ""),
    "left join of streams without a range": ("left", "append", KEY, "lr"),
    "full join of streams without a range": ("full", "append", KEY, "lr"),
    "left join of streams, range of the right side": (
        "left",
        "append",
        f"{KEY} and r.t >= l.t",
        "lr",
    ),
    "right join of streams, range of the left side": (
        "right",
        "append",
        f"{KEY} and r.t <= l.t",
        "lr",
    ),
    "left join of streams, right side unmarked": (
        "left",
        "append",
        f"{KEY} and {RANGE}",
        "l",
    ),
    "right join of streams, left side unmarked": (
        "right",
        "append",
        f"{KEY} and {RANGE}",
        "r",
    ),
    "full join of streams, neither side marked": (
        "full",
        "append",
        f"{KEY} and {RANGE}",
        "",
    ),
    "left join of streams by months": (
        "left",
        "append",
        f"{KEY} and l.t >= r.t - interval 1 month",
        "lr",
    ),
    "left join of streams by a difference of times": (
        "left",
        "append",
        f"{KEY} and r.t - l.t <= interval 1 hour",
        "lr",
    ),
    "left join of streams by null safe times": (
        "left",
        "append",
        "l.t <=> r.t",
        "lr",
    ),
    "left join of streams by moved times": (
        "left",
        "append",
        "l.t + interval 1 hour = r.t + interval 1 hour",
        "lr",
    ),
    "anti join of streams": ("anti", "append", f"{KEY} and {RANGE}", "lr"),
    "left join of streams in update": ("left", "update", f"{KEY} and {RANGE}", "lr"),
    "left join of streams in complete": (
        "left",
        "complete",
        f"{KEY} and {RANGE}",
        "lr",
    ),
    "semi join of streams in update": ("semi", "update", f"{KEY} and {RANGE}", "lr"),
    "full join of streams in update": ("full", "update", "l.t = r.t", "lr"),
    "left join of streams without equality": ("left", "append", RANGE, "lr"),
    "full join of streams without equality": ("full", "append", RANGE, "lr"),
    "semi join of streams without equality": ("semi", "append", RANGE, "lr"),
    "inner join of streams in update": ("inner", "update", KEY, ""),
    "inner join of streams in complete": ("inner", "complete", KEY, ""),
    "inner join of streams without equality": ("inner", "append", RANGE, "lr"),
    "cross join of streams": ("cross", "append", "", ""),
    "inner join of streams by a difference": ("inner", "append", "l.a - r.a = 0", ""),
    "left join of streams, right side alone marked": (
        "left",
        "append",
        f"{KEY} and {RANGE}",
        "r",
    ),
    "left join of streams by a time of one side marked": (
        "left",
        "append",
        "l.t = r.t",
        "r",
    ),
    "full join of streams, right side alone marked": (
        "full",
        "append",
        f"{KEY} and {RANGE}",
        "r",
    ),
    "left join of streams by seconds": (
        "left",
        "append",
        f"{KEY} and cast(l.t as double) >= cast(r.t as double) - 3600",
        "lr",
    ),
}


def _side(spark: Any, folders: Folders, name: str, is_marked: bool) -> Any:
    frame = folders.read(spark).selectExpr("a", "timestamp_seconds(a) t")
    frame = frame.withWatermark("t", "1 minute") if is_marked else frame
    return frame.alias(name)


def joined(spark: Any, folder: Path, kind: str, on: str, marks: str) -> Any:
    folders = Folders(folder)
    for number in (1, 2):
        folders.add(number)
    left = _side(spark, folders, "l", "l" in marks)
    right = _side(spark, folders, "r", "r" in marks)
    if kind == "cross":
        frame = left.crossJoin(right)
    else:
        frame = left.join(right, expr(on), kind)
    return frame if kind in ("semi", "anti") else frame.selectExpr("l.a", "r.a b")


def _run(spark: Any, folder: Path, shape: tuple[str, str, str, str]) -> Any:
    kind, mode, on, marks = shape
    return start(joined(spark, folder, kind, on, marks), folder, mode)


for _name, _shape in JOINS.items():
    CASES[_name] = lambda spark, folder, shape=_shape: _run(spark, folder, shape)


def _of_three(spark: Any, folder: Path, columns: tuple[str, ...]) -> Any:
    folders = Folders(folder)
    for number in (1, 2):
        folders.add(number)
    left = _side(spark, folders, "l", True)
    right = _side(spark, folders, "r", True)
    both = left.join(right, ["a"]).selectExpr("a", *columns).alias("l")
    third = _side(spark, folders, "r", True)
    frame = both.join(third, expr(KEY), "inner")
    return start(
        frame.selectExpr("l.a", *(f"l.{c.split()[-1]}" for c in columns)), folder
    )


CASES["join of three streams, both times kept"] = lambda spark, folder: _of_three(
    spark, folder, ("l.t t", "r.t u")
)
CASES["join of three streams, one time kept"] = lambda spark, folder: _of_three(
    spark, folder, ("l.t t",)
)
