"""Partitioning: rows apart by the values of columns, each under its own folder.

`partitionBy("day", "city")` puts rows under `/day=2026-01-01/city=Berlin`; the
columns are not in the files. Names are escaped as Hive escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.errors import AnalysisError
from unbounded.sinks.text_rendering import partition_texts
from unbounded.types import (
    ArrayType,
    ByteType,
    DateType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StringType,
    StructField,
    StructType,
)

__all__ = ["Partitioning", "check_partitioning"]

_ESCAPED = frozenset("\"#%'*/:=?\\\x7f{[]^") | frozenset(map(chr, range(1, 32)))
_NULL_NAME = "__HIVE_DEFAULT_PARTITION__"

# What Arrow writes as Spark does; the rest takes a statement.
_PLAIN = (ByteType, ShortType, IntegerType, LongType, DateType, StringType)

RunOver = Callable[[str, pa.Table], pa.Table]
Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


class Partitioning:
    """The folders of an output, by the values of some of its columns.

    Args:
        schema: of the rows to come.
        columns: names of the schema, in the order of the folders.
        run_over: runs one statement over a table called `text_rendering.ROWS`.
    """

    def __init__(
        self,
        schema: StructType,
        columns: Sequence[str],
        time_zone: str,
        run_over: RunOver,
    ) -> None:
        self.columns = tuple(columns)
        kinds = {field.name: field.data_type for field in schema.fields}
        self._fields = [StructField(name, kinds[name]) for name in columns]
        self._is_plain = all(isinstance(kinds[name], _PLAIN) for name in columns)
        self._sql = "" if self._is_plain else partition_texts(self._fields, time_zone)
        self._run_over = run_over

    def split(self, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        """Each folder below the output folder, and its rows, without the columns.

        Without columns, one: `("", rows)`. Rows of a folder keep their order.
        """
        if not self.columns:
            yield "", rows
            return
        rest = [name for name in rows.column_names if name not in self.columns]
        texts = self._texts(rows)
        order, starts = _grouped([_codes(text) for text in texts])
        ordered = rows.select(rest).take(order)
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            names = zip(self.columns, texts, strict=True)
            folder = "".join(
                f"/{_escape(name)}={_escape(text[order[start]].as_py())}"
                for name, text in names
            )
            yield folder, ordered.slice(start, end - start)

    def _texts(self, rows: pa.Table) -> list[pa.Array]:
        """The values as Spark casts them to strings, empty ones as null."""
        chosen = rows.select(list(self.columns))
        if self._is_plain:
            columns = [column.cast(pa.string()) for column in chosen.columns]
        else:
            columns = self._run_over(self._sql, chosen).columns
        empty = pa.scalar(None, pa.string())
        return [
            pc.if_else(pc.equal(column, ""), empty, column).combine_chunks()
            for column in columns
        ]


def check_partitioning(schema: StructType, columns: Sequence[str]) -> None:
    """Refuse columns whose values can't be names of folders, or that leave no other.

    Raises:
        AnalysisError: they can't.
    """
    kinds = {field.name: field.data_type for field in schema.fields}
    for name in columns:
        if isinstance(kinds[name], ArrayType | MapType | StructType):
            raise AnalysisError(
                "INVALID_PARTITION_COLUMN_DATA_TYPE",
                columnName=f"`{name}`",
                type=kinds[name].sql,
            )
    if columns and len(columns) == len(schema.fields):
        raise AnalysisError("ALL_PARTITION_COLUMNS_NOT_ALLOWED")


def _codes(text: pa.Array) -> Numbers:
    """A number for each text, the same for equal ones; nulls have one too."""
    encoded = text.dictionary_encode(null_encoding="encode")
    codes: Numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _grouped(codes: Sequence[Numbers]) -> tuple[Numbers, list[int]]:
    """An order in which equal rows are together, and where each kind begins."""
    order = np.lexsort(tuple(reversed(codes)))
    if not len(order):
        return order, []
    changes = np.zeros(len(order), bool)
    changes[0] = True
    for code in codes:
        ordered = code[order]
        changes[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(changes).tolist()


def _escape(text: str | None) -> str:
    if text is None:
        return _NULL_NAME
    return "".join(f"%{ord(c):02X}" if c in _ESCAPED else c for c in text)
