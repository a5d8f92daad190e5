"""Offset shapes: whether an offset can be one of a source's.

A checkpoint says where each source stands, and not what it was. A query that has
another source in its place is told by the form of the offset.

    {"logOffset":3}  3              files: the second as before Spark 2.2
    3                               seconds, rows or tables: rate, socket, memory
    {"offset":3,"timestamp":1000}   rate-micro-batch
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["is_offset_of"]

_FIELDS: Mapping[str, frozenset[str]] = {
    "rate-micro-batch": frozenset({"offset", "timestamp"}),
    "rate": frozenset(),
    "socket": frozenset(),
    "unbounded.memory": frozenset(),
}
_OF_FILES = frozenset({"logOffset"})


def is_offset_of(source_format: str, offset: str) -> bool:
    """Whether a stream of that format can stand at `offset`."""
    try:
        value: Any = json.loads(offset)
    except ValueError:
        return False
    is_number = isinstance(value, int) and not isinstance(value, bool)
    fields = _FIELDS.get(source_format.lower(), _OF_FILES)
    if not fields:
        return is_number
    if isinstance(value, dict):
        return value.keys() == fields
    return is_number and fields is _OF_FILES
