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

__all__ = ["ROW_INDEX", "metadata_field", "metadata_sql"]

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


def metadata_sql(file: ListedFile, field: StructField) -> str:
    """The column's value for the rows of a file; a row's index is its column's."""
    uri = to_uri(file.path)
    size = f"CAST({file.size_bytes} AS BIGINT)"
    values = {
        "file_path": quote_text(f"file:{uri.removeprefix('file://')}"),
        "file_name": quote_text(os.path.basename(uri)),
        "file_size": size,
        "file_block_start": "CAST(0 AS BIGINT)",
        "file_block_length": size,
        "file_modification_time": f"make_timestamptz({file.modification_time_ms}000)",
        ROW_INDEX: ROW_INDEX,
    }
    assert isinstance(field.data_type, StructType), "see metadata_field"
    members = (f"'{name}': {values[name]}" for name in field.data_type.names)
    return f"{{{', '.join(members)}}}"
