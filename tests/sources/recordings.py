"""Recordings: what Spark 4.3 read from odd files, and how to compare with it.

The files `spark_*.json` beside this were recorded in the zone America/New_York.

tokens    each is the second of three columns of a line; `values` says by type what
          came of it, of the third column, and whether the line was kept as a
          corrupt record
files     whole files, under each mode, without and with a column for corrupt
          records; the bytes of `data` as Latin-1
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from unbounded.engine import Cursor
from unbounded.errors import ExecutionError
from unbounded.sources import REREAD_CONDITIONS, ReadCare

ZONE = "America/New_York"
FOLDER = Path(__file__).parent


def recorded(name: str) -> Any:
    """One recorded table."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def plain(value: Any) -> Any:
    """A cell as the recording holds it: times in UTC, other things as text."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime.datetime() if value.tzinfo is not None:
            return str(value.astimezone(ZoneInfo("UTC")).replace(tzinfo=None))
        case dict():
            inner = ", ".join(f"{k}={v!r}" for k, v in value.items())
            return f"Row({inner})"
        case list() if value and isinstance(value[0], tuple):
            return str(dict(value))
        case list():
            shown = (plain(v) if isinstance(v, dict) else repr(v) for v in value)
            return f"[{', '.join(shown)}]"
    return str(value)


def rows_of(table: pa.Table) -> list[list[Any]]:
    """All rows, cells as `plain` gives them."""
    return [[plain(cell) for cell in row.values()] for row in table.to_pylist()]


def read_carefully(
    cursor: Cursor, sql_of: Callable[[ReadCare], str]
) -> tuple[ReadCare, pa.Table]:
    """The rows, and the care it took to read them."""
    *hasty, last = ReadCare
    for care in hasty:
        try:
            return care, cursor.query(sql_of(care))
        except ExecutionError as error:
            if error.condition not in REREAD_CONDITIONS:
                raise
    return last, cursor.query(sql_of(last))


def shown(data_type: str, column: str = "v") -> str:
    """SQL for a column as text, near to Spark's."""
    if data_type.startswith(("array", "struct", "map")):
        return f"CAST(to_json({column}) AS VARCHAR)"
    return f"hex({column})" if data_type == "binary" else f"CAST({column} AS VARCHAR)"


def same_text(data_type: str, ours: str | None, theirs: str | None) -> bool:
    """Whether two texts mean one value; ours may end in an offset."""
    if ours is None or theirs is None or data_type not in _BY_VALUE:
        return ours == theirs
    return _BY_VALUE[data_type](ours, theirs)


def _same_number(ours: str, theirs: str) -> bool:
    first, second = float(ours), float(theirs)
    if first != first or abs(first) == float("inf") or not second:
        return str(first) == str(second)
    return abs(first / second - 1) < 1e-7


_BY_VALUE: dict[str, Callable[[str, str], bool]] = {
    "float": _same_number,
    "double": _same_number,
    "timestamp": lambda ours, theirs: (
        ours.split("-05")[0].split("-04")[0] == theirs or ours[: len(theirs)] == theirs
    ),
}
