"""Partitioning: rows apart by the values of columns, each under its own folder.

`partitionBy("day", "city")` puts rows under `/day=2026-01-01/city=Berlin`; the
columns are not in the files. Names are escaped as Hive escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from unbounded.errors import UnsupportedError

__all__ = ["split_by_partition"]

_ESCAPED = frozenset("\"#%'*/:=?\\\x7f{[]^") | frozenset(map(chr, range(1, 32)))
_NULL_NAME = "__HIVE_DEFAULT_PARTITION__"


def split_by_partition(
    rows: pa.Table, columns: Sequence[str]
) -> Iterator[tuple[str, pa.Table]]:
    """Each folder below the output folder, and its rows, without `columns`.

    Without columns, one: `("", rows)`.
    """
    if not columns:
        yield "", rows
        return
    rest = [name for name in rows.column_names if name not in columns]
    texts = {name: _texts(rows.column(name)) for name in columns}
    keys = pa.table(texts).group_by(list(columns), use_threads=False).aggregate([])
    for key in keys.to_pylist():
        mask = None
        for name, text in key.items():
            column = texts[name]
            same = pc.is_null(column) if text is None else pc.equal(column, text)
            same = pc.fill_null(same, False)
            mask = same if mask is None else pc.and_(mask, same)
        folder = "".join(f"/{_escape(n)}={_escape(t)}" for n, t in key.items())
        yield folder, rows.filter(mask).select(rest)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values as Spark casts them to strings, empty ones as null."""
    if pa.types.is_timestamp(column.type):
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="partitionBy with a column of timestamps",
            advice="Partition by a date or a string made of it.",
        )
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _escape(text: str | None) -> str:
    if text is None:
        return _NULL_NAME
    return "".join(f"%{ord(c):02X}" if c in _ESCAPED else c for c in text)
