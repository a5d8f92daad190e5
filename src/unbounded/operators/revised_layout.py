"""Revised layout: the columns of an aggregation whose rows may be taken back.

What a batch's statement computes for it, what its state holds, and how its result
is made of that. A plan's side of `revised_aggregate.py`, which runs it:

    max(x), last(x), sum(y) by k

    input      k, sum(__weight), sum(y of the weight), values(__weight, x)
    state      k -> rows, max(x), sum(y), count(y)    and    k, x -> count
    output     k, rows, max(x), sum(y), count(y), values(x)
    result     k, max(x), last(x), sum(y)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from unbounded.compiler import is_order_sensitive
from unbounded.operators.accumulators import DistinctValues, kept_type
from unbounded.operators.accumulators.revised import (
    Reading,
    RevisedForm,
    revised_form,
    summed_weights,
)
from unbounded.operators.aggregate_layout import (
    buffer_field,
    constant_key,
    key_fields,
    partials_plan,
)
from unbounded.operators.distinct_pairs import value_fields
from unbounded.plan.expressions import AggregateCall, Alias, AttributeReference
from unbounded.plan.relations import Aggregate, OperatorOutput, Project, Relation
from unbounded.state import OperatorSchema
from unbounded.types import ArrayType, LongType, StructField

__all__ = ["Buffer", "RevisedLayout", "ValueTable"]

_COUNT = StructField("count", LongType(), False)
# Functions to which it makes no difference how often a value is there.
_ASKS_ONCE = frozenset(
    {"bit_and", "bit_or", "bool_and", "bool_or", "collect_set", "max", "min"}
)


@dataclass(frozen=True, slots=True)
class Buffer:
    """One of the state's values.

    Made by `reading` of the partials in the input's column `place`, or of what has
    changed in the table of values of that number.
    """

    reading: Reading
    place: int
    table: int | None = None


@dataclass(slots=True)
class ValueTable:
    """One table of values: the input's column of them, and who asks for them.

    `is_listed` says whether a function runs over them, `repeats` whether it has to
    have each as often as it is there, `is_ordered` in the order of rows.
    """

    values: DistinctValues
    place: int = 0
    is_listed: bool = False
    repeats: bool = False
    is_ordered: bool = False


class RevisedLayout:
    """The columns of one aggregation.

    Args:
        aggregate: the resolved node.
        weight: the column of its rows' weights.
        first_attribute_id: where new columns' ids start.
    """

    def __init__(
        self, aggregate: Aggregate, weight: AttributeReference, first_attribute_id: int
    ) -> None:
        self._aggregate = aggregate
        self._weight = weight
        self._ids = itertools.count(first_attribute_id)
        self.grouping = aggregate.grouping or (constant_key(next(self._ids)),)
        self.key_count = len(self.grouping)
        self.is_global = not aggregate.grouping
        self.buffers: list[Buffer] = []
        self.tables: list[ValueTable] = []
        self._columns: list[Alias] = []
        self._inputs: list[Alias] = []
        self._summed("rows", summed_weights(weight))
        calls = [_call(alias) for alias in aggregate.aggregates]
        self._forms = [revised_form(call, weight) for call in calls]
        for call, form in zip(calls, self._forms, strict=True):
            self._note_table(call, form)
        for table in self.tables:
            self._list_values(table)
        self._places = [self._add(form) for form in self._forms]
        self.shown = sorted({place for places in self._places for place in places})
        self.listed = [n for n, table in enumerate(self.tables) if table.is_listed]
        self._lists = {
            n: AttributeReference(
                "values", _list_type(self.tables[n].values), True, next(self._ids)
            )
            for n in self.listed
        }
        stored = (*self.grouping, *self._columns)
        self._output = (
            *(alias.to_attribute() for alias in stored),
            *self._lists.values(),
        )

    def state_schemas(self, operator_id: int, name: str) -> tuple[OperatorSchema, ...]:
        """The tables of state: the groups, then those of their values."""
        keys = key_fields(self.grouping)
        buffers = tuple(map(buffer_field, self._columns))
        groups = OperatorSchema(operator_id, name, keys, buffers)
        tables = (
            OperatorSchema(
                operator_id,
                name,
                (*keys, *value_fields(table.values)),
                (_COUNT,),
                store_name=f"values-{number}",
            )
            for number, table in enumerate(self.tables)
        )
        return (groups, *tables)

    @property
    def input_plan(self) -> Relation:
        """The plan of a batch's partials by key; one row where there is no key."""
        return partials_plan(self._aggregate, self.grouping, self._inputs)

    def result_plan(self, leaf_id: int) -> Relation:
        """The aggregation's columns, of what the operator's tables hold."""
        keys = () if self.is_global else self._output[: self.key_count]
        finished = [
            Alias(form.finish(self._of(form, places)), alias.names, alias.attribute_id)
            for alias, form, places in zip(
                self._aggregate.aggregates, self._forms, self._places, strict=True
            )
        ]
        return Project(OperatorOutput(leaf_id, self._output), (*keys, *finished))

    @property
    def output_names(self) -> Sequence[str]:
        """What the operator's tables call their columns: keys, buffers, lists."""
        return [column.column_name for column in self._output]

    def _of(
        self, form: RevisedForm, places: Sequence[int]
    ) -> tuple[AttributeReference, ...]:
        if form.reading == "list":
            return (self._lists[self._number_of(form)],)
        return tuple(self._output[self.key_count + place] for place in places)

    def _add(self, form: RevisedForm) -> list[int]:
        """The places of the buffers of one aggregate."""
        if form.values is None:
            return [self._summed(b.name, b.partial) for b in form.accumulators]
        number = self._number_of(form)
        return [
            self._kept(b.name, b.partial, Buffer(form.reading, 0, number))
            for b in form.accumulators
        ]

    def _summed(self, name: str, partial: AggregateCall) -> int:
        """The place of a buffer to which partials of the input are added."""
        place = self.key_count + len(self._inputs)
        if self._place_of(partial) is None:
            self._inputs.append(Alias(partial, (name,), next(self._ids)))
        return self._kept(name, partial, Buffer("sum", place))

    def _kept(self, name: str, partial: AggregateCall, buffer: Buffer) -> int:
        """The place of the buffer; equal ones are kept once."""
        known = self._place_of(partial)
        if known is not None:
            return known
        self._columns.append(Alias(partial, (f"state.{name}",), next(self._ids)))
        self.buffers.append(buffer)
        return len(self.buffers) - 1

    def _place_of(self, partial: AggregateCall) -> int | None:
        held = [column.child for column in self._columns]
        return held.index(partial) if partial in held else None

    def _note_table(self, call: AggregateCall, form: RevisedForm) -> None:
        if form.values is None:
            return
        if all(table.values != form.values for table in self.tables):
            self.tables.append(ValueTable(form.values))
        if form.reading == "list":
            table = self.tables[self._number_of(form)]
            table.is_listed = True
            table.repeats |= not (call.is_distinct or call.name in _ASKS_ONCE)
            table.is_ordered |= is_order_sensitive(call)

    def _list_values(self, table: ValueTable) -> None:
        """The weighted values of a batch as one more column of its statement."""
        arguments = (self._weight, *table.values.arguments)
        kind = ArrayType(kept_type(arguments), True)
        name = "ordered_values" if table.is_ordered else "kept_values"
        listed = AggregateCall(name, arguments, kind, filter=table.values.filter)
        table.place = self.key_count + len(self._inputs)
        self._inputs.append(Alias(listed, ("values",), next(self._ids)))

    def _number_of(self, form: RevisedForm) -> int:
        held = [table.values for table in self.tables]
        assert form.values is not None
        return held.index(form.values)


def _call(alias: Alias) -> AggregateCall:
    assert isinstance(alias.child, AggregateCall), "calls alone are aggregates"
    return alias.child


def _list_type(values: DistinctValues) -> ArrayType:
    return ArrayType(kept_type(values.arguments), True)
