"""Row pieces: rows that come piece by piece, in files once they are many.

A join may make a thousand rows of each that came. They are handed over a piece at a
time; what is more than `_HELD_BYTES_MAX` goes to files without a name, mapped, so
that the whole is one table of which the kernel keeps in memory what it likes.

Invariants:
    - the rows come in the order in which they were added
    - besides mapped rows no more is held than `_HELD_BYTES_MAX` and a piece
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from unbounded.errors import cancellation
from unbounded.state import OpenScratch

__all__ = ["NewPieces", "RowPieces"]

_HELD_BYTES_MAX = 64 << 20


class RowPieces:
    """A table in the making.

    Args:
        schema: the columns of each piece.
        open_scratch: makes the files; without it all rows stay in memory.
        is_cancelled: whether the batch is to stop; asked at each piece.
    """

    def __init__(
        self,
        schema: pa.Schema,
        open_scratch: OpenScratch | None,
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._schema = schema
        self._open_scratch = open_scratch
        self._is_cancelled = is_cancelled
        self._mapped: list[pa.Table] = []
        self._held: list[pa.Table] = []
        self._held_bytes = 0
        self.mapped_bytes = 0

    def add(self, piece: pa.Table) -> None:
        """Add rows after those that are there.

        Raises:
            ExecutionError: told to stop.
            OSError: the disk has no room for them.
        """
        if self._is_cancelled():
            raise cancellation()
        if not piece.num_rows:
            return
        self._held.append(piece)
        self._held_bytes += piece.nbytes
        if self._held_bytes > _HELD_BYTES_MAX and self._open_scratch is not None:
            self._map(self._open_scratch)

    def table(self) -> pa.Table:
        """All rows."""
        return pa.concat_tables(
            [self._schema.empty_table(), *self._mapped, *self._held]
        )

    def _map(self, open_scratch: OpenScratch) -> None:
        """Move what is held to a file."""
        rows = pa.concat_tables(self._held)
        measured = pa.MockOutputStream()
        _write(rows, measured)
        file = open_scratch()
        mapped = file.grow(measured.size())
        file.close()
        _write(rows, pa.FixedSizeBufferWriter(pa.py_buffer(mapped)))
        with pa.ipc.open_stream(pa.py_buffer(mapped)) as reader:
            self._mapped.append(reader.read_all())
        self.mapped_bytes += measured.size()
        self._held, self._held_bytes = [], 0


def _write(rows: pa.Table, target: pa.NativeFile) -> None:
    with pa.ipc.new_stream(target, rows.schema) as writer:
        writer.write_table(rows)


NewPieces = Callable[[pa.Schema], RowPieces]
"""Begins a table of some columns."""
