"""Session windows: an aggregation by keys and by the sessions of their rows.

DuckDB makes a batch's partial buffers for each key and span; here they meet the
sessions that their keys have in the state, and what touches is put together:

    in the state      [10:00      10:08)      [10:20 10:25)
    in the batch              [10:07 10:12)  [10:17  10:22)
    afterwards        [10:00        10:12)   [10:17         10:25)

A session is stored under its keys and its start, with its end and its buffers. One
that another absorbs leaves the state; its row is taken back in a revision. What
leaves is keys and buffers; `result_plan` turns them into the aggregation's columns.
Spark's `SessionWindowStateStoreRestoreExec` and `SessionWindowStateStoreSaveExec`.

Invariants:
    - two sessions of one key neither overlap nor touch
    - a session whose end is at or before the eviction watermark is final
    - the cost of a batch is that of the keys it touches and of what it evicts
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.aggregate_layout import AggregateLayout
from unbounded.operators.operator import (
    Changes,
    OperatorMetrics,
    Watermarks,
    weighted,
)
from unbounded.operators.session_buffers import SessionBuffers
from unbounded.operators.session_chains import SessionChains, Slots
from unbounded.operators.session_spans import (
    Bools,
    Numbers,
    distinct,
    find_sessions,
)
from unbounded.plan.event_time import SESSION_WINDOW, session_position
from unbounded.plan.expressions import WATERMARK_DELAY, Alias
from unbounded.plan.relations import Aggregate, Relation
from unbounded.state import IS_CONSTANT, ExpiryIndex, KeyedState, OperatorSchema
from unbounded.types import ByteType, StructField, StructType, to_arrow

__all__ = ["SessionWindowAggregate"]

_END = 0
"""The first value of a stored session; its buffers follow."""

_NEVER_US = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Some sessions: their keys and buffers by column, their spans, their groups."""

    keys: list[pa.Array]
    starts: Numbers
    ends: Numbers
    buffers: list[pa.Array]
    groups: Slots

    def picked(self, places: Numbers | Bools) -> _Sessions:
        """Those at some places."""
        chosen = np.flatnonzero(places) if places.dtype == np.bool_ else places
        indices = pa.array(chosen)
        return _Sessions(
            [column.take(indices) for column in self.keys],
            self.starts[chosen],
            self.ends[chosen],
            [column.take(indices) for column in self.buffers],
            self.groups[chosen],
        )

    def and_then(self, others: _Sessions) -> _Sessions:
        """These, then `others`."""
        return _Sessions(
            _joined(self.keys, others.keys),
            np.concatenate([self.starts, others.starts]),
            np.concatenate([self.ends, others.ends]),
            _joined(self.buffers, others.buffers),
            np.concatenate([self.groups, others.groups]),
        )


def _joined(ups: list[pa.Array], downs: list[pa.Array]) -> list[pa.Array]:
    return [
        pa.concat_arrays([up, down.cast(up.type)])
        for up, down in zip(ups, downs, strict=True)
    ]


class SessionWindowAggregate:
    """A streaming aggregation by sessions.

    Args:
        aggregate: the resolved node, grouped by a session among its keys.
        operator_id: its place among the query's operators, Spark's numbering.
        leaf_id: the number by which `result_plan` reads what `Changes` holds.
        first_attribute_id: where new columns' ids start.
        evicts: whether final sessions are let go of; late spans are dropped anyway,
            also in complete mode, which Spark does for sessions alone.
        follows_watermark: whether a watermark that moved asks for a batch.
    """

    name = "sessionWindowStateStoreSaveExec"
    is_append_only = False

    def __init__(
        self,
        aggregate: Aggregate,
        operator_id: int,
        leaf_id: int,
        first_attribute_id: int,
        *,
        evicts: bool,
        follows_watermark: bool,
    ) -> None:
        position = session_position(aggregate.grouping)
        assert position is not None, "grouped by a session"
        self._position = position
        self._has_keys = len(aggregate.grouping) > 1
        self._layout = _layout_by_span(aggregate, position, first_attribute_id)
        self._buffers = SessionBuffers(self._layout)
        session = aggregate.grouping[position].to_attribute()
        assert isinstance(session.data_type, StructType)
        self._session_type = to_arrow(session.data_type)
        self._time_type = session.data_type.fields[0].data_type
        self._timed = _timed_position(aggregate.grouping, position)
        self._evicts = evicts and self._timed is not None
        self._follows_watermark = follows_watermark
        self._operator_id = operator_id
        self._leaf_id = leaf_id
        self._forget()

    def _forget(self) -> None:
        key_types = [field.data_type for field in self._key_fields]
        self._chains = SessionChains(key_types)
        self._expiry = ExpiryIndex()

    @property
    def _key_fields(self) -> tuple[StructField, ...]:
        """The keys beside the session; a constant if there are none."""
        if not self._has_keys:
            return (StructField("key", ByteType(), False, {IS_CONSTANT: True}),)
        fields = self._layout.state_schemas(self._operator_id, self.name)[0].key_fields
        return fields[: self._position] + fields[self._position + 1 :]

    @property
    def state_schemas(self) -> tuple[OperatorSchema, ...]:
        """Keys and start lead to the end and the buffers."""
        keys = (
            *self._key_fields,
            StructField("sessionStartTime", self._time_type, False),
        )
        end = StructField("sessionEndTime", self._time_type, False)
        values = (end, *self._buffers.fields)
        return (OperatorSchema(self._operator_id, self.name, keys, values),)

    @property
    def input_plans(self) -> tuple[Relation, ...]:
        """Partial buffers for each key and span: spans are not put together yet."""
        return (self._layout.input_plan,)

    @property
    def result_plan(self) -> Relation:
        """The aggregation's columns over keys and buffers."""
        return self._layout.result_plan(self._leaf_id)

    def needs_batch(self, watermarks: Watermarks, new_watermark_ms: int) -> bool:
        """Whether the watermark moved since the last batch's eviction."""
        moved = new_watermark_ms > watermarks.eviction_watermark_ms
        return self._follows_watermark and moved

    def recover(self, states: Sequence[KeyedState]) -> None:
        """Find each key's sessions again, and when they become final."""
        (state,) = states
        self._forget()
        slots = state.live_slots()
        *keys, starts = state.keys(slots)
        groups = self._chains.groups(keys)
        order = np.lexsort((_micros(starts), groups))
        owners = groups[order]
        self._chains.relink(distinct(groups), slots[order], owners)
        self._note_expiry(state, slots)

    def process(
        self,
        inputs: Sequence[pa.Table],
        states: Sequence[KeyedState],
        watermarks: Watermarks,
    ) -> tuple[Changes, OperatorMetrics]:
        """Put the batch's spans to the sessions; see `StatefulOperator.process`."""
        (state,) = states
        metrics = OperatorMetrics()
        spans = self._read(inputs[0])
        if self._timed is not None:
            spans, metrics.rows_dropped_by_watermark = self._drop_late(
                spans, watermarks
            )
        groups = self._chains.groups(spans.keys)
        spans = replace(spans, groups=groups)
        changed, former, counts = self._merge(state, spans)
        metrics.rows_updated, metrics.rows_removed = counts
        final = np.zeros(0, np.int64)
        if self._evicts:
            final = self._pop_final(state, watermarks.eviction_watermark_ms * 1000)
        metrics.rows_removed += len(final)
        metrics.rows_total = state.count - len(final)
        changes = Changes(
            updated=lambda: self._table(self._stored(state, changed)),
            final=lambda: self._table(self._stored(state, final)),
            snapshot=lambda: self._table(self._stored(state, state.live_slots())),
            revision=lambda: weighted(
                self._table(former), self._table(self._stored(state, changed))
            ),
            settle=lambda: self._remove(state, final),
        )
        return changes, metrics

    # --- the batch ----------------------------------------------------------

    def _read(self, rows: pa.Table) -> _Sessions:
        columns = [_array(column) for column in rows.combine_chunks().columns]
        count = self._layout.key_count
        session = columns[self._position]
        keys = columns[: self._position] + columns[self._position + 1 : count]
        if not self._has_keys:
            keys = [pa.array(np.zeros(rows.num_rows, np.int8))]
        starts, ends = (_micros(pc.struct_field(session, place)) for place in (0, 1))
        return _Sessions(keys, starts, ends, columns[count:], starts)

    def _drop_late(
        self, spans: _Sessions, watermarks: Watermarks
    ) -> tuple[_Sessions, int]:
        """Spans that end at or before batch N-1's watermark go, each counted once.

        A row whose own span is past is late even where its session is still open.
        """
        is_late = self._times(spans) <= watermarks.late_events_watermark_ms * 1000
        dropped = int(is_late.sum())
        return (spans.picked(~is_late), dropped) if dropped else (spans, 0)

    def _merge(
        self, state: KeyedState, spans: _Sessions
    ) -> tuple[Slots, _Sessions, tuple[int, int]]:
        """The slots of what changed, the sessions that were there instead, and
        how many sessions the touched keys have now and how many were absorbed.
        """
        touched = distinct(spans.groups)
        held, owners = self._chains.sessions(touched)
        stored = replace(self._stored(state, held), groups=owners)
        rows = stored.and_then(spans)
        found = find_sessions(rows.groups, rows.starts, rows.ends)
        rows = rows.picked(found.order)
        was_held = found.order < len(held)
        sizes = found.sizes
        is_same = (sizes == 1) & was_held[found.firsts]
        is_absorbed = was_held & (rows.starts != found.starts[found.numbers])
        is_former = was_held & ~is_same[found.numbers]
        former = rows.picked(is_former)
        sessions = _Sessions(
            [column.take(pa.array(found.firsts)) for column in rows.keys],
            found.starts,
            found.ends,
            self._buffers.folded(rows.buffers, sizes),
            rows.groups[found.firsts],
        )
        slots = np.empty(len(sizes), np.int64)
        slots[is_same] = held[found.order[found.firsts[is_same]]]
        state.remove(held[found.order[is_absorbed]])
        slots[~is_same] = self._store(state, sessions.picked(~is_same))
        self._chains.relink(touched, slots, sessions.groups)
        counts = (len(slots), int(is_absorbed.sum()))
        return slots[~is_same], former, counts

    # --- the state ----------------------------------------------------------

    def _store(self, state: KeyedState, sessions: _Sessions) -> Slots:
        slots, _ = state.lookup_or_insert(
            [*sessions.keys, self._moments(sessions.starts)]
        )
        state.scatter(_END, slots, self._moments(sessions.ends))
        for number, column in enumerate(sessions.buffers, 1):
            state.scatter(number, slots, column)
        self._note_expiry(state, slots)
        return slots

    def _stored(self, state: KeyedState, slots: Slots) -> _Sessions:
        *keys, starts = state.keys(slots)
        count = len(self._buffers.fields)
        buffers = [state.gather(n, slots) for n in range(1, 1 + count)]
        ends = state.gather(_END, slots)
        return _Sessions(keys, _micros(starts), _micros(ends), buffers, slots)

    def _note_expiry(self, state: KeyedState, slots: Slots) -> None:
        if self._evicts:
            self._expiry.add(slots, self._times(self._stored(state, slots)))

    def _pop_final(self, state: KeyedState, watermark_us: int) -> Slots:
        """The sessions that the watermark has passed; entries may be of former ends."""
        due = self._expiry.pop_until(watermark_us)
        due = due[state.is_live(due)]
        times = self._times(self._stored(state, due))
        return state.in_order(due[times <= watermark_us])

    def _remove(self, state: KeyedState, slots: Slots) -> None:
        self._chains.remove(slots)
        state.remove(slots)

    # --- rows ---------------------------------------------------------------

    def _times(self, sessions: _Sessions) -> Numbers:
        """When each becomes final, microseconds; a key without a time never does."""
        if self._timed == self._position or self._timed is None:
            return sessions.ends
        place = self._timed - (self._timed > self._position)
        column = sessions.keys[place]
        if pa.types.is_struct(column.type):
            column = pc.struct_field(column, "end")
        return _micros(column)

    def _moments(self, micros: Numbers) -> pa.Array:
        return pa.array(micros).cast(to_arrow(self._time_type))

    def _table(self, sessions: _Sessions) -> pa.Table:
        """The sessions as rows of the operator's columns."""
        spans = [self._moments(sessions.starts), self._moments(sessions.ends)]
        session = pa.StructArray.from_arrays(spans, fields=list(self._session_type))
        keys = list(sessions.keys) if self._has_keys else []
        keys.insert(self._position, session)
        columns = [*keys, *self._buffers.results(sessions.buffers)]
        return pa.Table.from_arrays(columns, self._layout.column_names)


def _timed_position(grouping: tuple[Alias, ...], session: int) -> int | None:
    """The grouping column that carries a watermark, the session if it does."""
    timed = [
        position
        for position, alias in enumerate(grouping)
        if WATERMARK_DELAY in alias.to_attribute().metadata
    ]
    return session if session in timed else next(iter(timed), None)


def _layout_by_span(
    aggregate: Aggregate, position: int, first_attribute_id: int
) -> AggregateLayout:
    """The columns of the aggregation by span, which puts no spans together."""
    grouping = list(aggregate.grouping)
    metadata = dict(grouping[position].to_attribute().metadata)
    del metadata[SESSION_WINDOW]
    grouping[position] = replace(grouping[position], metadata=metadata)
    by_span = replace(aggregate, grouping=tuple(grouping))
    return AggregateLayout(by_span, first_attribute_id)


def _micros(times: pa.Array) -> Numbers:
    """Times as microseconds since 1970; none is later than any."""
    numbers: Numbers = (
        times.cast(pa.int64()).fill_null(_NEVER_US).to_numpy(zero_copy_only=False)
    )
    return numbers


def _array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else combined.chunk(0)
