"""Static tables: the tables that a streaming query joins, kept from batch to batch.

A table is read once, and again in the batch after it has changed. Of a large one a
batch is handed the rows alone that its own rows pick: the table lies in the order of
a hash of the join's keys, and a batch's hashes are looked up by binary search. So a
batch costs what it brings, not what the table holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.compiler import CompileContext
from unbounded.memory import MemoryAccount
from unbounded.plan.relations import Relation
from unbounded.runtime.static_plan import StaticSide

__all__ = ["OpenStatic", "StaticRows", "StaticTables"]

OnStart = Callable[[Callable[[], None]], None]
AddInput = Callable[[int, pa.Table], object]

# A smaller table is joined in the statement over the batch, in less time than it
# takes to run one more.
_LOOKED_UP_ROWS_MIN = 10_000
# A batch of more rows reads the table through sooner than it finds each of its own.
_TABLE_ROWS_PER_ROW_MIN = 8
# Arrow can't hold the text of more in one array, which a table in order is made of.
_LOOKED_UP_BYTES_MAX = 1 << 30


class StaticRows(Protocol):
    """The rows of a static side, which may change between batches."""

    @property
    def account(self) -> MemoryAccount:
        """Of the memory that keeping the rows takes."""

    def version(self, timestamp_ms: int) -> object:
        """Equal to that of an earlier batch if the rows are the same.

        Raises:
            ExecutionError: they can't be read any more.
        """

    def read(self, timestamp_ms: int, on_start: OnStart) -> pa.Table:
        """The rows for a batch of that time, their columns called `column_name`."""


OpenStatic = Callable[[Relation, CompileContext], StaticRows]
"""Begins to watch a resolved plan that reads no stream."""


class StaticTables:
    """The tables of a query's static sides.

    Args:
        open_static: begins to watch one.
    """

    def __init__(
        self,
        sides: Sequence[StaticSide],
        open_static: OpenStatic,
        context: CompileContext,
    ) -> None:
        self._tables = {
            side.leaf_id: _StaticTable(side, open_static(side.plan, context))
            for side in sides
        }

    @property
    def leaf_ids(self) -> tuple[int, ...]:
        """The leaves that stand for them."""
        return tuple(self._tables)

    def refresh(self, timestamp_ms: int) -> None:
        """Read those that have changed since the batch before.

        Raises:
            ExecutionError: one can't be read, or there is no room for it.
        """
        for table in self._tables.values():
            table.refresh(timestamp_ms)

    def looked_up(self) -> frozenset[int]:
        """The leaves of those from which a batch picks rows."""
        return frozenset(n for n, table in self._tables.items() if table.is_looked_up)

    def add_inputs(self, add_input: AddInput) -> None:
        """Hand over the rows of those that are read as they are."""
        for leaf_id, table in self._tables.items():
            if not table.is_looked_up:
                table.give_all(partial(add_input, leaf_id))

    def look_up(self, leaf_id: int, keys: pa.ChunkedArray, add_input: AddInput) -> None:
        """Hand over the rows of one that are found by some keys, or all of them."""
        self._tables[leaf_id].give_found(keys, partial(add_input, leaf_id))

    def cancel(self) -> None:
        """End a reading that is under way, from another thread."""
        for table in self._tables.values():
            table.stop_reading()

    def close(self) -> None:
        """Let go of the rows; nothing may be asked for after."""
        for table in self._tables.values():
            table.close()
        self._tables = {}


class _StaticTable:
    """One table: its rows, and where those of a key are."""

    def __init__(self, side: StaticSide, source: StaticRows) -> None:
        self._key = side.key
        self._source = source
        self._version: object = None
        self._rows: pa.Table | None = None
        self._hashes: npt.NDArray[np.int64] | None = None
        self._given: pa.Table | None = None
        self.stop_reading: Callable[[], None] = lambda: None

    @property
    def is_looked_up(self) -> bool:
        """Whether rows are found by their keys."""
        return self._hashes is not None

    def refresh(self, timestamp_ms: int) -> None:
        version = self._source.version(timestamp_ms)
        if self._rows is not None and version == self._version:
            return
        self._rows = self._hashes = None
        rows = self._source.read(timestamp_ms, self._note_stop)
        self._keep(rows)
        self._version = version

    def close(self) -> None:
        self._rows = self._hashes = self._given = None
        self._source.account.close()

    def _note_stop(self, stop: Callable[[], None]) -> None:
        self.stop_reading = stop

    def _keep(self, rows: pa.Table) -> None:
        account = self._source.account
        if self._key is None:
            self._rows = rows
            account.grow_to(rows.nbytes)
            return
        name = self._key.column_name
        is_large = rows.num_rows >= _LOOKED_UP_ROWS_MIN
        if is_large and rows.nbytes <= _LOOKED_UP_BYTES_MAX:
            # The rows in order are there beside those that were read, for a moment.
            account.grow_to(2 * rows.nbytes + rows.num_rows * 8)
            rows, self._hashes = _in_order(rows, name)
        self._rows = rows.drop_columns([name])
        held = self._rows.nbytes
        account.grow_to(held + (0 if self._hashes is None else self._hashes.nbytes))

    def give_all(self, give: Callable[[pa.Table], object]) -> None:
        """Hand over all rows, if they are not those that were given last."""
        assert self._rows is not None, "read before"
        if self._given is not self._rows:
            # What is handed over is counted where it is registered.
            self._source.account.note(self._held_bytes() - self._rows.nbytes)
            give(self._rows)
            self._given = self._rows

    def give_found(
        self, keys: pa.ChunkedArray, give: Callable[[pa.Table], object]
    ) -> None:
        """Hand over the rows with one of the keys; more than those does no harm."""
        assert self._rows is not None, "read before"
        assert self._hashes is not None, "in order"
        if len(keys) * _TABLE_ROWS_PER_ROW_MIN > self._rows.num_rows:
            self.give_all(give)
            return
        found = _found(self._hashes, np.unique(keys.drop_null().to_numpy()))
        give(self._rows.take(pa.array(found)))
        self._given = None
        self._source.account.note(self._held_bytes())

    def _held_bytes(self) -> int:
        assert self._rows is not None, "read before"
        beside = 0 if self._hashes is None else self._hashes.nbytes
        return int(self._rows.nbytes + beside)


def _in_order(rows: pa.Table, key: str) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """The rows that have a key, in its order, and their keys."""
    rows = rows.filter(pc.is_valid(rows.column(key)))
    hashes = rows.column(key).to_numpy()
    order = np.argsort(hashes, kind="stable")
    return rows.take(pa.array(order)).combine_chunks(), hashes[order]


def _found(
    hashes: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The places of all hashes that are wanted; those are distinct.

    >>> _found([3, 5, 5, 8], [5, 6, 8])
    [1, 2, 3]
    """
    first = np.searchsorted(hashes, wanted, "left")
    counts = np.searchsorted(hashes, wanted, "right") - first
    ends = np.cumsum(counts)
    places: npt.NDArray[np.int64] = np.arange(ends[-1] if len(ends) else 0)
    places += np.repeat(first - (ends - counts), counts)
    return places
