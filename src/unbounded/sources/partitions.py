"""Partitions: columns whose values stand in the names of folders.

`/data/day=2026-01-01/hour=5/x.json` has a column `day` and a column `hour`. The types
are inferred as Spark's `PartitioningUtils` infers them, a value at a time, and then
widened until one type holds all values of a column:

    1, 3000000000         bigint     1, 2.5       double
    12345678901234567890  decimal    1f, NaN      double
    2026-01-02            date       2026-01-02 03:04:05   timestamp
    1, 2026-01-02         string     1, x, true            string
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from urllib.parse import unquote

from unbounded.errors import AnalysisError, ExecutionError
from unbounded.sources.listing import ListedFile
from unbounded.sources.options import quote_text
from unbounded.types import (
    BinaryType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    duckdb_type,
)

__all__ = [
    "invalid_partition_value",
    "partition_literal",
    "partition_values",
    "with_partition_fields",
]

_NULL = "__HIVE_DEFAULT_PARTITION__"
_WHOLE = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d+))?")
_DOUBLE = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|Infinity)[fFdD]?"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?")
_BITS = {ByteType: 8, ShortType: 16, IntegerType: 32, LongType: 64}
_DIGITS: Mapping[type[DataType], int] = {IntegerType: 10, LongType: 20}


def partition_values(file: ListedFile) -> dict[str, str | None]:
    """Column values in the names of the folders between the root and the file.

    `/data/day=2026-01-01/x.json` under `/data` → `{"day": "2026-01-01"}`.

    Raises:
        ExecutionError: a name before or after `=` is empty.
    """
    values: dict[str, str | None] = {}
    inner = os.path.dirname(os.path.relpath(file.path, file.root))
    for part in inner.split("/"):
        name, separator, value = part.partition("=")
        if not separator:
            continue
        if not name:
            raise ExecutionError("EMPTY_PARTITION_COLUMN_NAME", path=file.path)
        if not value:
            raise ExecutionError("EMPTY_PARTITION_COLUMN_VALUE", path=file.path)
        text = unquote(value)
        if unquote(name) in values:
            raise AnalysisError(
                "COLUMN_ALREADY_EXISTS", columnName=f"`{unquote(name)}`"
            )
        values[unquote(name)] = None if text == _NULL else text
    return values


def with_partition_fields(
    schema: StructType,
    files: Sequence[ListedFile],
    *,
    is_given: bool,
    infers_types: bool = True,
) -> StructType:
    """`schema` with the partition columns, which come last.

    Args:
        is_given: the schema is the user's, whose types hold for the columns it
            names. An inferred one keeps their place and takes their types.
        infers_types: False takes all values as text.

    Raises:
        ExecutionError: the folders do not agree on the columns, or a given type
            does not hold a value.
    """
    values: dict[str, set[str | None]] = {}
    for names in _layouts(files):
        for name, value in names.items():
            values.setdefault(name, set()).add(value)
    found = {
        name.lower(): StructField(
            name, _common_type(texts) if infers_types else StringType()
        )
        for name, texts in values.items()
    }
    if is_given:
        given = {f.name.lower(): f for f in schema.fields}
        for name, texts in values.items():
            if name.lower() in given:
                _check_values(given[name.lower()], texts)
        data = tuple(f for f in schema.fields if f.name.lower() not in found)
        return StructType((*data, *(given.get(k, f) for k, f in found.items())))
    kept = tuple(
        replace(f, data_type=found[f.name.lower()].data_type)
        if f.name.lower() in found
        else f
        for f in schema.fields
    )
    named = {f.name.lower() for f in kept}
    return StructType((*kept, *(f for key, f in found.items() if key not in named)))


def _check_values(field: StructField, texts: set[str | None]) -> None:
    for text in texts:
        partition_literal(field, text)


def _common_type(texts: set[str | None]) -> DataType:
    """Spark's wider type is not associative, so the order of values is fixed."""
    ordered = sorted(texts, key=lambda text: (text is None, text))
    return reduce(_wider, map(_infer, ordered))


def _layouts(files: Sequence[ListedFile]) -> list[dict[str, str | None]]:
    """The values of each file that has some; those without are not looked at."""
    known: dict[tuple[str, str], dict[str, str | None]] = {}
    for file in files:
        key = (os.path.dirname(file.path), file.root)
        if key not in known and "=" in file.path:
            known[key] = partition_values(file)
    layouts = {key: names for key, names in known.items() if names}
    columns = {tuple(name.lower() for name in names) for names in layouts.values()}
    if len(columns) > 1:
        raise ExecutionError(
            "CONFLICTING_PARTITION_COLUMN_NAMES",
            distinctPartColLists="; ".join(sorted(", ".join(c) for c in columns)),
        )
    bases = {_base(folder, root) for folder, root in layouts}
    if len(bases) > 1:
        raise ExecutionError(
            "CONFLICTING_DIRECTORY_STRUCTURES",
            discoveredBasePaths=", ".join(sorted(bases)),
        )
    first = next(iter(layouts.values()), {})
    # Names that differ in case are one column, called as the first.
    return [dict(zip(first, names.values(), strict=True)) for names in layouts.values()]


def _base(folder: str, root: str) -> str:
    """The folder in which the first partition folder of a path stands."""
    inner = os.path.relpath(folder, root).split("/")
    start = next(i for i, part in enumerate(inner) if "=" in part)
    return os.path.normpath(os.path.join(root, *inner[:start]))


def _infer(text: str | None) -> DataType:
    if text is None:
        return NullType()
    if _WHOLE.fullmatch(text) and abs(int(text)) < 2**63:
        return IntegerType() if -(2**31) <= int(text) < 2**31 else LongType()
    number = _NUMBER.fullmatch(text)
    if number is not None:
        scale = len(number[1] or number[2] or "") - int(number[3] or 0)
        digits = len(str(abs(int(Decimal(text))))) if scale <= 0 else 39
        if digits <= 38:
            return DecimalType(digits, 0)
    if _DOUBLE.fullmatch(text.strip()):
        return DoubleType()
    if _DATE.fullmatch(text) and _is_time(text):
        return DateType()
    if _TIMESTAMP.fullmatch(text) and _is_time(text[:19]):
        return TimestampType()
    return StringType()


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wider(left: DataType, right: DataType) -> DataType:
    """The type that holds the values of both, Spark's way: text where none does."""
    if left == right or isinstance(right, NullType):
        return left
    if isinstance(left, NullType):
        return right
    kinds = {type(left), type(right)}
    if kinds == {IntegerType, LongType}:
        return LongType()
    if kinds == {IntegerType, DoubleType}:
        return DoubleType()
    if kinds == {DateType, TimestampType}:
        return TimestampType()
    if DecimalType in kinds and kinds <= {IntegerType, LongType, DecimalType}:
        digits = max(_digits(left), _digits(right))
        return DecimalType(min(digits, 38), 0)
    return StringType()


def _digits(data_type: DataType) -> int:
    if isinstance(data_type, DecimalType):
        return data_type.precision
    return _DIGITS[type(data_type)]


def partition_literal(field: StructField, text: str | None) -> str:
    """SQL for a value of a partition column.

    Raises:
        ExecutionError: the column's type does not hold it.
    """
    name = duckdb_type(field.data_type)
    if text is None:
        return f"CAST(NULL AS {name})"
    match field.data_type:
        case StringType():
            return quote_text(text)
        case BinaryType():
            return f"encode({quote_text(text)})"
        case ByteType() | ShortType() | IntegerType() | LongType() as kind:
            limit = 1 << (_BITS[type(kind)] - 1)
            if _WHOLE.fullmatch(text.strip()) and -limit <= int(text) < limit:
                return f"CAST({int(text)} AS {name})"
        case FloatType() | DoubleType():
            if _DOUBLE.fullmatch(text.strip()):
                return f"CAST('{text.strip().rstrip('fFdD')}' AS {name})"
        case _:
            error = quote_text(
                f"INVALID_PARTITION_VALUE|0|value={text}|"
                f"dataType={field.data_type.sql}|columnName={field.name}"
            )
            return f"coalesce(TRY_CAST({quote_text(text)} AS {name}), error({error}))"
    raise invalid_partition_value(field, text)


def invalid_partition_value(field: StructField, text: str) -> ExecutionError:
    """The error for a value that a partition column's type does not hold."""
    return ExecutionError(
        "INVALID_PARTITION_VALUE",
        value=text,
        dataType=field.data_type.sql,
        columnName=field.name,
    )
