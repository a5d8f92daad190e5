"""Rows: a program's answer as JSON, so that two processes can be compared.

Imported here and in the process of real Spark; stands on nothing but Python.
"""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


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
    """Equality, with floats to 1e-9 relative."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            is_same(left[key], right[key]) for key in left
        )
    return type(left) is type(right) and bool(left == right)
