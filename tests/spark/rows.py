"""Rows: a program's answer as JSON, so that two processes can be compared.

Imported here and in the process of real Spark; stands on nothing but Python.
"""

from __future__ import annotations

import base64
import datetime
import difflib
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

# What Spark raises without a condition may have one here.
NO_CONDITION = "no condition"


def plain(value: Any) -> Any:
    """A value as JSON can hold it, with its kind where JSON would lose it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else f"float {value}"
    if isinstance(value, Decimal):
        return f"decimal {value}"
    if isinstance(value, datetime.timedelta):
        return f"duration {value}"
    if isinstance(value, datetime.datetime | datetime.date):
        return f"{type(value).__name__} {value.isoformat()}"
    if isinstance(value, bytes | bytearray):
        return f"bytes {base64.b64encode(value).decode()}"
    if isinstance(value, Mapping):
        pairs = ([plain(key), plain(item)] for key, item in value.items())
        return {"map": sorted(pairs, key=repr)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    raise TypeError(f"a program answered with a {type(value).__name__}")


def is_same(left: Any, right: Any) -> bool:
    """Equality of Spark's answer and another, with floats to 1e-9 relative."""
    if left == NO_CONDITION and isinstance(right, str):
        return True
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            is_same(left[key], right[key]) for key in left
        )
    return type(left) is type(right) and bool(left == right)


def difference(expected: list[Any], found: list[Any]) -> str:
    """The rows that are not the same: Spark's with a minus, ours with a plus."""
    left, right = ([json.dumps(row) for row in rows] for rows in (expected, found))
    if len(left) == len(right):
        pairs = zip(expected, found, left, right, strict=True)
        lines = [f"- {a}\n+ {b}" for x, y, a, b in pairs if not is_same(x, y)]
    else:
        lines = list(difflib.unified_diff(left, right, "Spark", "unbounded", n=0))
    return "\n".join(line.rstrip() for line in lines)
