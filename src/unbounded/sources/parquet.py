"""Parquet files: columns by name, missing ones null, types widened as Spark does.

The footers are read first, as DuckDB can't be asked for a column that no file
has. Files of one shape are read together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import pyarrow as pa
import pyarrow.parquet as pq

from unbounded.errors import ExecutionError
from unbounded.sources.file_metadata import ROW_INDEX
from unbounded.sources.format_options import check_format_options
from unbounded.sources.json import ReadCare
from unbounded.sources.text_lines import paths_literal
from unbounded.types import (
    DataType,
    DateType,
    DoubleType,
    FloatType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    duckdb_type,
    quote_name,
)

__all__ = ["parquet_columns", "read_parquet_sql"]


def read_parquet_sql(
    paths: Sequence[str],
    schema: StructType,
    options: Mapping[str, str],
    time_zone: str,
    care: ReadCare = ReadCare.TEXT,
) -> str:
    """A SELECT of the files' rows, in file order, columns as in `schema`.

    Raises:
        ExecutionError: a file is no parquet file, or a column can't be read as
            the type asked for.
    """
    check_format_options("parquet", options)
    shapes = [(path, _shape(path)) for path in paths]
    parts = []
    for shape, group in groupby(shapes, key=lambda item: item[1]):
        names = [path for path, _ in group]
        columns = ", ".join(
            f"{_column(field, dict(shape), names[0])} AS {quote_name(field.name)}"
            for field in schema.fields
        )
        numbered = ", file_row_number = true" if ROW_INDEX in schema.names else ""
        parts.append(
            f"SELECT {columns or '1'} FROM "
            f"read_parquet({paths_literal(names)}{numbered})"
        )
    return " UNION ALL ".join(parts)


def parquet_columns(path: str) -> pa.Schema:
    """A file's columns; old-style times, which are instants, have a zone.

    Raises:
        ExecutionError: it is no parquet file.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ExecutionError("FAILED_READ_FILE.NOT_PARQUET", path=path) from error
    with file:
        instants = {
            file.schema.column(i).path
            for i in range(len(file.schema.names))
            if file.schema.column(i).physical_type == "INT96"
        }
        schema = file.schema_arrow
    for index, field in enumerate(schema):
        if field.name in instants:
            instant = pa.field(field.name, pa.timestamp("us", "UTC"))
            schema = schema.set(index, instant)
    return schema


def _shape(path: str) -> tuple[tuple[str, pa.DataType], ...]:
    return tuple((field.name, field.type) for field in parquet_columns(path))


def _column(field: StructField, found: Mapping[str, pa.DataType], path: str) -> str:
    """SQL for a column; names are compared without case, as in Spark."""
    target = duckdb_type(field.data_type)
    if field.name == ROW_INDEX and field.name not in found:
        return "file_row_number"
    by_lower = {name.lower(): name for name in found}
    name = field.name if field.name in found else by_lower.get(field.name.lower())
    if name is None:
        return f"CAST(NULL AS {target})"
    column, actual = quote_name(name), found[name]
    if not _is_readable(field, actual):
        raise ExecutionError(
            "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
            path=path,
            column=field.name,
            expectedType=field.data_type.simple_string,
            actualType=actual,
        )
    if isinstance(field.data_type, TimestampType) and pa.types.is_timestamp(actual):
        # Old-style times come without a zone from DuckDB, and are instants.
        return f"make_timestamptz(epoch_us({column}))"
    if _holds_fractions(field.data_type):
        # The least and greatest of a file leave out NaN, by which DuckDB would
        # drop rows of NaN, or not count them; it knows nothing of a CASE.
        column = f"CASE WHEN {column} IS NOT NULL THEN {column} END"
    return f"CAST({column} AS {target})"


def _holds_fractions(data_type: DataType) -> bool:
    if isinstance(data_type, StructType):
        return any(_holds_fractions(field.data_type) for field in data_type.fields)
    return isinstance(data_type, FloatType | DoubleType)


def _is_readable(field: StructField, actual: pa.DataType) -> bool:
    is_text = bool(pa.types.is_string(actual) or pa.types.is_large_string(actual))
    match field.data_type:
        case StringType():
            return is_text or bool(pa.types.is_binary(actual))
        case TimestampType() | TimestampNTZType():
            return bool(pa.types.is_timestamp(actual))
        case DateType():
            return bool(pa.types.is_date(actual))
    return not is_text and not pa.types.is_timestamp(actual)
