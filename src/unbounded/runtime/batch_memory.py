"""Batch memory: what the batches of one query hold, asked of the engine's budget.

Rows are counted while a batch is under way, state from batch to batch. All of it is
checked once a batch is computed and before anything of it leaves: one that does not
fit fails, and a restart with a higher limit runs it again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pyarrow as pa

from unbounded.clock import Clock
from unbounded.errors import ExecutionError
from unbounded.memory import MemoryAccount, MemoryBudget
from unbounded.operators import OperatorMetrics
from unbounded.state import StateStore

__all__ = ["BatchMemory"]

# Asking is a statement, which a small batch would feel.
_ENGINE_ASKED_EVERY_MS = 1_000

_LOGGER = logging.getLogger("unbounded")


class BatchMemory:
    """One run of a query as a holder of memory.

    Args:
        query: how errors name the query.
        gives_all: whether each batch gives the whole result, as complete mode does.
    """

    def __init__(
        self, budget: MemoryBudget, clock: Clock, query: str, *, gives_all: bool
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._query = query
        self._gives_all = gives_all
        self._result = budget.account("buffers", f"the result of query {query}")
        self.inputs = budget.account("buffers", f"the input of query {query}")
        self._last_result_bytes = 0
        self._has_spilled = False
        self._engine_bytes = 0
        self._engine_asked_ms = -float(_ENGINE_ASKED_EVERY_MS)

    def state_account(self, kind: str) -> MemoryAccount:
        """The account of an operator's state."""
        return self._budget.account("state", f"{kind} of query {self._query}")

    def _note_spill(self, store: StateStore) -> None:
        """Tell, once a run, that state lies in files from now on."""
        if store.has_moved_out and not self._has_spilled:
            self._has_spilled = True
            _LOGGER.warning(
                "[STATE_MOVED_TO_FILES] The state of query %s finds no room in memory"
                " and lies in mapped files from now on, which is slower: %s. Raise"
                " unbounded.memory.limit, or let state go by withWatermark.",
                self._query,
                self._budget.describe(),
            )

    def begin_batch(self, inputs: Iterable[pa.Table], store: StateStore | None) -> None:
        """Give the engine what is free; ask for inputs, and for a result as the last.

        Raises:
            ExecutionError: there is no room.
        """
        expected = self._last_result_bytes if self._gives_all else 0
        inputs_bytes = sum(table.nbytes for table in inputs)
        self._make_room(expected + inputs_bytes, store)
        # The tables are counted where they are registered.
        self._result.note(expected)

    def check_batch(
        self, rows: pa.Table, mapped_bytes: int, store: StateStore | None
    ) -> None:
        """Count what a computed batch holds, less what of its rows lies in files.

        Raises:
            ExecutionError: it is more than there is room for.
        """
        if store is not None:
            store.note_memory()
        self._last_result_bytes = max(0, rows.nbytes - mapped_bytes)
        self._make_room(self._last_result_bytes, store)
        if store is not None:
            self._note_spill(store)

    def describe(self, operators: Iterable[OperatorMetrics]) -> None:
        """Add the whole engine's numbers to each operator's own."""
        now_ms = self._clock.monotonic_ms()
        if now_ms - self._engine_asked_ms >= _ENGINE_ASKED_EVERY_MS:
            self._engine_asked_ms = now_ms
            self._engine_bytes = self._budget.engine_bytes()
        numbers = {
            "memoryLimitBytes": self._budget.limit_bytes,
            "memoryStateBytes": self._budget.held_bytes("state"),
            "memoryBufferBytes": self._budget.held_bytes("buffers"),
            "memoryEngineBytes": self._engine_bytes,
        }
        for metrics in operators:
            metrics.custom.update(numbers)

    def _make_room(self, result_bytes: int, store: StateStore | None) -> None:
        """Ask for room for a result; state that can leave makes some."""
        try:
            self._result.grow_to(result_bytes)
            self._budget.settle()
        except ExecutionError:
            if store is None or not store.move_out():
                raise
            self._result.grow_to(result_bytes)
            self._budget.settle()

    def end_batch(self) -> None:
        """The rows have left."""
        self._result.note(0)

    def close(self) -> None:
        """The run is over."""
        self._result.close()
        self.inputs.close()
        self._budget.relax()
