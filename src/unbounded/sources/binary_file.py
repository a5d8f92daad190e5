"""Binary files: a row a file, with its path, time of change, size and bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unbounded.errors import IllegalArgumentError
from unbounded.sources.json import ReadCare
from unbounded.sources.text_lines import paths_literal
from unbounded.types import (
    BinaryType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    quote_name,
)

__all__ = ["BINARY_FILE_SCHEMA", "read_binary_file_sql"]

BINARY_FILE_SCHEMA = StructType(
    (
        StructField("path", StringType()),
        StructField("modificationTime", TimestampType()),
        StructField("length", LongType()),
        StructField("content", BinaryType()),
    )
)
_VALUES = {
    "path": "concat('file:', filename)",
    "modificationTime": "date_trunc('millisecond', CAST(last_modified AS TIMESTAMPTZ))",
    "length": "size",
    "content": "content",
}


def read_binary_file_sql(
    paths: Sequence[str],
    schema: StructType,
    options: Mapping[str, str],
    time_zone: str,
    care: ReadCare = ReadCare.TEXT,
) -> str:
    """A SELECT of the files, columns as in `schema`.

    Raises:
        IllegalArgumentError: the schema is not that of binary files.
    """
    fields = BINARY_FILE_SCHEMA.fields
    if [(f.name, f.data_type) for f in schema.fields] != [
        (f.name, f.data_type) for f in fields
    ]:
        raise IllegalArgumentError(
            "BINARY_FILE_SCHEMA", expected=BINARY_FILE_SCHEMA.simple_string
        )
    columns = (f"{_VALUES[f.name]} AS {quote_name(f.name)}" for f in fields)
    return f"SELECT {', '.join(columns)} FROM read_blob({paths_literal(paths)})"
