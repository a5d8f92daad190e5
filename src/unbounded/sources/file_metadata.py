"""File metadata: the hidden column `_metadata`, which tells of each row's file.

Spark's `FileFormat.BASE_METADATA_FIELDS`, and the row's place in a parquet file. It is
read only by a plan that names it. Files are read whole, so a block is a file.
"""

from __future__ import annotations

import os

from unbounded.checkpoint import to_uri
from unbounded.sources.listing import ListedFile
from unbounded.sources.options import quote_text
from unbounded.types import (
    HIDDEN_COLUMN,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

__all__ = ["ROW_INDEX", "metadata_field", "metadata_sql", "metadata_values"]

ROW_INDEX = "row_index"
_FIELDS = (
    StructField("file_path", StringType(), False),
    StructField("file_name", StringType(), False),
    StructField("file_size", LongType(), False),
    StructField("file_block_start", LongType(), False),
    StructField("file_block_length", LongType(), False),
    StructField("file_modification_time", TimestampType(), False),
)


def metadata_field(format_name: str) -> StructField:
    """The column, as files of this format have it."""
    fields: tuple[StructField, ...] = _FIELDS
    if format_name == "parquet":
        fields = (*fields, StructField(ROW_INDEX, LongType(), False))
    return StructField("_metadata", StructType(fields), False, {HIDDEN_COLUMN: True})


def metadata_values(file: ListedFile) -> dict[str, object]:
    """The column's value for the rows of a file, but for a row's own."""
    uri = to_uri(file.path)
    return {
        "file_path": f"file:{uri.removeprefix('file://')}",
        "file_name": os.path.basename(uri),
        "file_size": file.size_bytes,
        "file_block_start": 0,
        "file_block_length": file.size_bytes,
        "file_modification_time": file.modification_time_ms * 1000,
    }


def metadata_sql(file: ListedFile, field: StructField) -> str:
    """The value as SQL; a row's index is that of its column."""
    assert isinstance(field.data_type, StructType), "see metadata_field"
    values = {name: _literal(v) for name, v in metadata_values(file).items()}
    changed = values["file_modification_time"]
    values["file_modification_time"] = f"make_timestamptz({changed})"
    values[ROW_INDEX] = ROW_INDEX
    members = (f"'{name}': {values[name]}" for name in field.data_type.names)
    return f"{{{', '.join(members)}}}"


def _literal(value: object) -> str:
    return quote_text(value) if isinstance(value, str) else f"CAST({value} AS BIGINT)"
