"""File format: a table as the bytes of one data file.

Files are made whole in memory and handed to `files.py`, the door to the disk.
Text is rendered by one DuckDB statement, whose result column is the file.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from unbounded.errors import AnalysisError, IllegalArgumentError, UnsupportedError
from unbounded.sinks.orc import write_orc
from unbounded.sinks.partitioning import Partitioning, check_partitioning
from unbounded.sinks.text_rendering import (
    TextRules,
    WriteTime,
    csv_header,
    csv_lines,
    json_lines,
    text_lines,
    write_no_time,
)
from unbounded.types import StructType

__all__ = ["WRITABLE_FORMATS", "FileFormat", "RunOver"]

Codec = TypeVar("Codec")

RunOver = Callable[[str, pa.Table], pa.Table]
"""Runs one statement in which the table is called `text_rendering.ROWS`."""

WRITABLE_FORMATS = ("csv", "json", "orc", "parquet", "text")

_PARQUET_CODECS: Mapping[str, tuple[str, str]] = {
    "none": ("none", ""),
    "uncompressed": ("none", ""),
    "snappy": ("snappy", ".snappy"),
    "gzip": ("gzip", ".gz"),
    "lz4": ("lz4", ".lz4hadoop"),
    "lz4_raw": ("lz4", ".lz4raw"),
    "zstd": ("zstd", ".zstd"),
    "brotli": ("brotli", ".br"),
}
_TEXT_CODECS: Mapping[str, tuple[Callable[[bytes], bytes] | None, str]] = {
    "none": (None, ""),
    "uncompressed": (None, ""),
    "gzip": (lambda data: gzip.compress(data, mtime=0), ".gz"),
    "bzip2": (bz2.compress, ".bz2"),
    "deflate": (zlib.compress, ".deflate"),
}
# By this key Spark finds the schema as it was, nullability and all.
_SPARK_SCHEMA_KEY = "org.apache.spark.sql.parquet.row.metadata"
# Past it a column is written plainly: a dictionary of values that hardly repeat
# takes half of the time of a file, and no less room.
_DICTIONARY_BYTES_MAX = 1 << 16
_ORC_CODECS: Mapping[str, tuple[str, str]] = {
    "none": ("uncompressed", ""),
    "uncompressed": ("uncompressed", ""),
    "snappy": ("snappy", ".snappy"),
    "zlib": ("zlib", ".zlib"),
    "lz4": ("lz4", ".lz4"),
    "zstd": ("zstd", ".zstd"),
}


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How tables of one schema become files.

    Raises:
        AnalysisError: no such format, or it can't hold a column.
    """

    name: str
    schema: StructType
    options: Mapping[str, str]
    time_zone: str
    run_over: RunOver
    write_time: WriteTime = write_no_time
    _sql: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if self.name == "binaryfile":
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE.WRITE_FOR_BINARY_SOURCE",
                feature="writing binary files",
                advice="Write the bytes in a column of another format.",
            )
        if self.name not in WRITABLE_FORMATS:
            raise AnalysisError(
                "DATA_SOURCE_NOT_FOUND",
                provider=self.name,
                known=", ".join(WRITABLE_FORMATS),
            )
        _check_encoding(self.encoding)
        assert self.extension

    def partitioned_by(self, columns: Sequence[str]) -> Partitioning:
        """How the rows are laid out in folders by these columns.

        Raises:
            AnalysisError: they can't be names of folders.
        """
        check_partitioning(self.schema, columns)
        return Partitioning(self.schema, columns, self.time_zone, self.run_over)

    def without(self, columns: Sequence[str]) -> FileFormat:
        """The same format for tables that lack these columns.

        Raises:
            AnalysisError: it can't hold one that is left.
        """
        kept = tuple(f for f in self.schema.fields if f.name not in columns)
        rest = replace(self, schema=StructType(kept))
        object.__setattr__(rest, "_sql", rest._statement())
        return rest

    @property
    def encoding(self) -> str:
        """Of text files: the name of their letters' bytes."""
        return self.options.get("encoding", self.options.get("charset", "UTF-8"))

    @property
    def extension(self) -> str:
        """What file names end in: `.snappy.parquet`, `.json`, `.txt`."""
        if self.name == "parquet":
            return f"{self._codec(_PARQUET_CODECS, 'snappy')[1]}.parquet"
        if self.name == "orc":
            return f"{self._codec(_ORC_CODECS, 'zstd')[1]}.orc"
        suffix = "txt" if self.name == "text" else self.name
        return f".{suffix}{self._codec(_TEXT_CODECS, 'none')[1]}"

    def render(self, table: pa.Table) -> bytes | pa.Buffer:
        """The file that holds the rows."""
        if self.name == "parquet":
            return self._parquet(table)
        if self.name == "orc":
            codec = self._codec(_ORC_CODECS, "zstd")[0]
            return write_orc(table, self.schema, codec)
        lines = self.run_over(self._sql or self._statement(), table).column(0)
        data = b"".join(map(_text_bytes, lines.chunks))
        if self.name == "csv" and self.options.get("header", "").lower() == "true":
            data = csv_header(self.schema, self.options).encode() + data
        data = _encoded(data, self.encoding.upper())
        compress = self._codec(_TEXT_CODECS, "none")[0]
        return data if compress is None else compress(data)

    def _statement(self) -> str:
        match self.name:
            case "json":
                return json_lines(self.schema, self._rules())
            case "csv":
                return csv_lines(self.schema, self._rules())
            case "text":
                return text_lines(self.schema, self.options)
        return ""

    def _rules(self) -> TextRules:
        return TextRules(self.options, self.time_zone, self.write_time)

    def _parquet(self, table: pa.Table) -> pa.Buffer:
        sink = pa.BufferOutputStream()
        codec = self._codec(_PARQUET_CODECS, "snappy")[0]
        with pq.ParquetWriter(
            sink,
            table.schema,
            compression=codec,
            store_schema=False,
            dictionary_pagesize_limit=_DICTIONARY_BYTES_MAX,
        ) as writer:
            writer.write_table(table)
            writer.add_key_value_metadata({_SPARK_SCHEMA_KEY: self.schema.json})
        return sink.getvalue()

    def _codec(self, known: Mapping[str, Codec], default: str) -> Codec:
        name = self.options.get("compression", self.options.get("codec", default))
        if name.lower() not in known:
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="compression",
                value=name,
                expected=f"one of {', '.join(known)}",
            )
        return known[name.lower()]


def _encoded(data: bytes, encoding: str) -> bytes:
    if encoding in ("UTF-8", "UTF8"):
        return data
    if encoding in ("UTF-16", "UTF16"):
        # Java writes the mark and the high byte first, Python what the machine likes.
        return codecs.BOM_UTF16_BE + data.decode().encode("utf-16-be")
    return data.decode().encode(encoding, "replace")


def _check_encoding(name: str) -> None:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="encoding",
            value=name,
            expected="the name of an encoding",
        ) from error


def _text_bytes(lines: pa.Array) -> bytes:
    """The values of a string array one after the other: its data buffer."""
    if not len(lines):
        return b""
    _, offsets, data = lines.buffers()
    if data is None:
        return b""
    bounds = pa.Array.from_buffers(
        pa.int32(), lines.offset + len(lines) + 1, [None, offsets]
    )
    start, end = bounds[lines.offset].as_py(), bounds[lines.offset + len(lines)].as_py()
    return bytes(data.slice(start, end - start))
