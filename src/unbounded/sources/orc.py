"""ORC files: columns by name, missing ones null, read into tables by Arrow.

DuckDB has no reader of ORC, so the rows of a batch are in memory while it runs.

An ORC time without a zone is a time on the wall of who wrote it. Spark takes it as an
instant, by the machine's zone and not the session's, unless a TIMESTAMP_NTZ is asked
for; so do we.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.conf import local_time_zone
from unbounded.errors import ExecutionError
from unbounded.sources.file_metadata import metadata_values
from unbounded.sources.format_options import check_format_options
from unbounded.sources.listing import ListedFile
from unbounded.sources.partitions import invalid_partition_value, partition_values
from unbounded.types import (
    HIDDEN_COLUMN,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    from_arrow,
    to_arrow,
)

__all__ = ["orc_columns", "read_orc_table"]

_BOOLEANS = {"true": True, "false": False}


def read_orc_table(
    files: Sequence[ListedFile],
    schema: StructType,
    options: Mapping[str, str],
    time_zone: str,
) -> pa.Table:
    """The files' rows, in file order, columns as in `schema`.

    Args:
        time_zone: of times in names of folders.

    Raises:
        ExecutionError: a file is no ORC file, or a column can't be read as the type
            asked for.
    """
    check_format_options("orc", options)
    arrow = pa.schema([pa.field(f.name, to_arrow(f.data_type)) for f in schema.fields])
    parts = [_rows(file, schema, ZoneInfo(time_zone)) for file in files]
    return pa.concat_tables([arrow.empty_table(), *(p.cast(arrow) for p in parts)])


def orc_columns(path: str) -> StructType:
    """The columns of a file.

    Raises:
        ExecutionError: it is no ORC file.
    """
    fields = []
    for column in _open(path).schema:
        kind = column.type
        # Without a zone is how Spark writes its instants.
        is_instant = pa.types.is_timestamp(kind) and kind.tz is None
        found = TimestampType() if is_instant else from_arrow(kind)
        fields.append(StructField(column.name, found))
    return StructType(tuple(fields))


def _open(path: str) -> Any:
    # Loaded by those alone who read ORC.
    from pyarrow import orc

    try:
        return orc.ORCFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, reason: object) -> ExecutionError:
    return ExecutionError("FAILED_READ_FILE.NO_HINT", path=path, reason=reason)


def _rows(file: ListedFile, schema: StructType, zone: ZoneInfo) -> pa.Table:
    opened = _open(file.path)
    values = {n.lower(): v for n, v in partition_values(file).items()}
    by_lower = {name.lower(): name for name in reversed(opened.schema.names)}
    wanted = [
        by_lower[f.name.lower()]
        for f in schema.fields
        if f.name.lower() in by_lower and f.name.lower() not in values
    ]
    try:
        data = opened.read(columns=list(dict.fromkeys(wanted)))
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(file.path, error) from error
    columns = []
    for field in schema.fields:
        name = field.name.lower()
        if HIDDEN_COLUMN in field.metadata:
            value: Any = metadata_values(file)
        elif name in values:
            value = _value(field, values[name], zone)
        elif name in by_lower:
            columns.append(_converted(data[by_lower[name]], field, file.path))
            continue
        else:
            value = None
        scalar = pa.scalar(value, to_arrow(field.data_type))
        columns.append(pa.repeat(scalar, opened.nrows))
    return pa.table(columns, names=list(schema.names))


def _converted(column: pa.ChunkedArray, field: StructField, path: str) -> Any:
    target = to_arrow(field.data_type)
    actual = column.type
    try:
        if pa.types.is_timestamp(actual):
            column = column.cast(pa.timestamp("us", actual.tz), safe=False)
            if isinstance(field.data_type, TimestampType) and actual.tz is None:
                return pc.assume_timezone(
                    column,
                    local_time_zone(),
                    ambiguous="earliest",
                    nonexistent="latest",
                ).cast(target)
            if isinstance(field.data_type, TimestampNTZType) and actual.tz is not None:
                return pc.local_timestamp(column)
        return column.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _unreadable(path, f"its column {field.name}: {error}") from error


def _value(field: StructField, text: str | None, zone: ZoneInfo) -> Any:
    """A value of a partition column, as Arrow takes it.

    Raises:
        ExecutionError: the column's type does not hold it.
    """
    if text is None or isinstance(field.data_type, StringType):
        return text
    try:
        return _parsed(field.data_type, text.strip(), zone)
    except (ValueError, InvalidOperation, KeyError) as error:
        raise invalid_partition_value(field, text) from error


def _parsed(kind: DataType, text: str, zone: ZoneInfo) -> Any:
    match kind:
        case DoubleType() | FloatType():
            return float(text.rstrip("fFdD"))
        case DecimalType():
            return Decimal(text)
        case DateType():
            return date.fromisoformat(text)
        case TimestampType():
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        case TimestampNTZType():
            return datetime.fromisoformat(text)
        case BooleanType():
            return _BOOLEANS[text.lower()]
    return int(text)
