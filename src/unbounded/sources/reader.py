"""Reader: the rows of a list of files, as SQL, whatever their format.

One table of formats; each has a module that writes the SELECT. Values in the
names of folders (`day=2026-01-01/`) become columns here, the same way for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from unbounded.errors import AnalysisError, ExecutionError, UnsupportedError
from unbounded.sources.binary_file import read_binary_file_sql
from unbounded.sources.csv import read_csv_sql
from unbounded.sources.file_metadata import ROW_INDEX, metadata_sql
from unbounded.sources.file_text import is_compressed, needs_reading, read_text
from unbounded.sources.json import ReadCare, least_care, read_json_sql
from unbounded.sources.listing import ListedFile
from unbounded.sources.options import boolean_option
from unbounded.sources.orc import orc_columns, read_orc_table
from unbounded.sources.parquet import parquet_columns, read_parquet_sql
from unbounded.sources.partitions import partition_literal, partition_values
from unbounded.sources.source import SourceRelation
from unbounded.sources.text import read_text_sql
from unbounded.types import (
    HIDDEN_COLUMN,
    LongType,
    StructField,
    StructType,
    duckdb_type,
    quote_name,
)

__all__ = ["FORMATS", "FileReader", "check_format"]

_Reader = Callable[[Sequence[str], StructType, Mapping[str, str], str, ReadCare], str]

FORMATS: Mapping[str, _Reader] = {
    "binaryfile": read_binary_file_sql,
    "csv": read_csv_sql,
    "json": read_json_sql,
    "parquet": read_parquet_sql,
    "text": read_text_sql,
}


_Tables = Callable[[Sequence[ListedFile], StructType, Mapping[str, str], str], pa.Table]

TABLE_FORMATS: Mapping[str, _Tables] = {"orc": read_orc_table}
"""Formats that DuckDB does not read: their rows come as tables."""


def check_format(format_name: str) -> None:
    """Raise AnalysisError DATA_SOURCE_NOT_FOUND for a format that has no reader.

    Raises UnsupportedError for one that Spark has.
    """
    if format_name in _SPARK_ALONE:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature=f"reading files of the format {format_name}",
            advice="Read the lines as text, or write the files as parquet or JSON.",
        )
    known = (*FORMATS, *TABLE_FORMATS)
    if format_name not in known:
        raise AnalysisError(
            "DATA_SOURCE_NOT_FOUND", provider=format_name, known=", ".join(known)
        )


_TEXT_FORMATS = frozenset({"csv", "json", "text"})
# No library that is kept well reads them in columns.
_SPARK_ALONE = frozenset({"avro", "xml"})


@dataclass(frozen=True, slots=True)
class _Group:
    """What some files have in common: partition values, the file, how it is read."""

    columns: tuple[tuple[str, str | None], ...]
    file: ListedFile | None = None
    is_read_here: bool = False


@dataclass(frozen=True, slots=True)
class FileReader:
    """How files are read: format, columns, options, the session's time zone."""

    format: str
    schema: StructType
    options: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"

    def relation(
        self, files: Sequence[ListedFile], care: ReadCare = ReadCare.TEXT
    ) -> SourceRelation:
        """The rows of the files, columns as in the schema, as SQL or as a table."""
        read = TABLE_FORMATS.get(self.format)
        if read is None:
            return SourceRelation(self.sql(files, care))
        table = read(self.readable(files), self.schema, self.options, self.time_zone)
        return SourceRelation(table=table)

    def sql(self, files: Sequence[ListedFile], care: ReadCare = ReadCare.TEXT) -> str:
        """A SELECT of the rows of the files, columns as in the schema.

        Rows come in the order of the files; those of one partition together.
        """
        parts = list(self._parts(self.readable(files), care))
        if not parts:
            return self._empty_sql()
        return " UNION ALL ".join(parts) if len(parts) > 1 else parts[0]

    def next_care(self, care: ReadCare) -> ReadCare | None:
        """The next more careful way to read, None if there is none."""
        if self.format not in _TEXT_FORMATS or care is ReadCare.BYTES:
            return None
        if self.format != "json":
            return ReadCare.BYTES
        return ReadCare(max(care, least_care(self.schema, self.options)) + 1)

    def readable(self, files: Sequence[ListedFile]) -> list[ListedFile]:
        """Those with rows: an empty file has none, and is none of some formats."""
        filled = [file for file in files if file.size_bytes]
        if not boolean_option(self.options, "ignorecorruptfiles", False):
            return filled
        return [file for file in filled if _is_whole(self.format, file.path)]

    def _parts(self, files: Sequence[ListedFile], care: ReadCare) -> Iterable[str]:
        read = FORMATS[self.format]
        for values, group in self._groups(files).items():
            columns = {name.lower(): value for name, value in values.columns}
            made = {
                f.name: _partition_column(f, columns[f.name.lower()])
                for f in self.schema.fields
                if f.name.lower() in columns
            }
            if values.file is not None and self._metadata is not None:
                name = self._metadata.name
                sql = metadata_sql(values.file, self._metadata)
                made[name] = f"{sql} AS {quote_name(name)}"
            data = tuple(f for f in self.schema.fields if f.name not in made)
            paths = [file.path for file in group]
            if not made:
                yield read(paths, StructType(data), self.options, self.time_zone, care)
                continue
            if self._metadata is not None and _has_row_index(self._metadata):
                data = (*data, StructField(ROW_INDEX, LongType()))
            sql = read(paths, StructType(data), self.options, self.time_zone, care)
            selected = (made.get(n, quote_name(n)) for n in self.schema.names)
            yield f"SELECT {', '.join(selected)} FROM ({sql})"

    @property
    def _metadata(self) -> StructField | None:
        """The hidden column, if it is asked for."""
        fields = self.schema.fields
        return next((f for f in fields if HIDDEN_COLUMN in f.metadata), None)

    def _groups(self, files: Sequence[ListedFile]) -> dict[_Group, list[ListedFile]]:
        """Files that are read by one SELECT."""
        names = {name.lower() for name in self.schema.names}
        is_alone = self._metadata is not None
        groups: dict[_Group, list[ListedFile]] = {}
        for file in files:
            values = partition_values(file) if "=" in file.path else {}
            columns = tuple((n, v) for n, v in values.items() if n.lower() in names)
            is_read_here = needs_reading(file.path)
            key = _Group(columns, file if is_alone else None, is_read_here)
            groups.setdefault(key, []).append(file)
        return groups

    def _empty_sql(self) -> str:
        columns = ", ".join(
            f"CAST(NULL AS {duckdb_type(f.data_type)}) AS {quote_name(f.name)}"
            for f in self.schema.fields
        )
        return f"SELECT {columns or '1'} WHERE false"


def _is_whole(format_name: str, path: str) -> bool:
    """Whether a file is one of its format, as far as that can be told by itself."""
    try:
        if format_name == "parquet":
            parquet_columns(path)
        elif format_name == "orc":
            orc_columns(path)
        elif format_name in _TEXT_FORMATS and is_compressed(path):
            read_text(path)
    except ExecutionError:
        return False
    return True


def _partition_column(field: StructField, value: str | None) -> str:
    return f"{partition_literal(field, value)} AS {quote_name(field.name)}"


def _has_row_index(metadata: StructField) -> bool:
    kind = metadata.data_type
    return isinstance(kind, StructType) and ROW_INDEX in kind.names
