"""Partitions: columns whose values stand in the names of folders.

`/data/day=2026-01-01/hour=5/x.json` has a column `day` and a column `hour`. The
types are inferred as Spark infers them: whole number, decimal number, date,
timestamp, else string.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from unbounded.sources.listing import ListedFile, partition_values
from unbounded.types import (
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

__all__ = ["with_partition_fields"]

_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_TIMESTAMP = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?")
_DOUBLE = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")


def with_partition_fields(
    schema: StructType, files: Sequence[ListedFile]
) -> StructType:
    """`schema` and, after its columns, the partition columns it does not name."""
    values: dict[str, set[str]] = {}
    for file in files:
        for name, value in partition_values(file).items():
            kept = values.setdefault(name, set())
            if value is not None:
                kept.add(value)
    added = tuple(
        StructField(name, _infer(texts))
        for name, texts in values.items()
        if name not in schema.names
    )
    return StructType((*schema.fields, *added))


def _infer(texts: set[str]) -> DataType:
    if not texts:
        return StringType()
    if all(re.fullmatch(r"[+-]?\d+", text) for text in texts):
        largest = max(abs(int(text)) for text in texts)
        if largest < 2**31:
            return IntegerType()
        return LongType() if largest < 2**63 else StringType()
    if all(_DOUBLE.fullmatch(text) for text in texts):
        return DoubleType()
    if all(_DATE.fullmatch(text) for text in texts):
        return DateType()
    if all(_TIMESTAMP.fullmatch(text) or _DATE.fullmatch(text) for text in texts):
        return TimestampType()
    return StringType()
