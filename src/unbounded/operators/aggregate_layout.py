"""Aggregate layout: the columns of a streaming aggregation.

What a batch's statement computes for it, what its state holds, and how its result
is made of that. A plan's side of `aggregate.py`, which runs it:

    count(DISTINCT x), sum(y) by k

    input      k, sum(y), kept_values(DISTINCT x)
    state      k -> count(DISTINCT x), sum(y)        and  k, x ->
    result     k, count(DISTINCT x), sum(y)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from unbounded.operators.accumulators import (
    AggregateForm,
    DistinctValues,
    form_of,
    kept_type,
)
from unbounded.operators.distinct_pairs import value_fields
from unbounded.operators.state_names import state_name
from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Literal,
)
from unbounded.plan.relations import Aggregate, OperatorOutput, Project, Relation
from unbounded.state import IS_CONSTANT, SHOWN_NAME, OperatorSchema
from unbounded.types import ArrayType, ByteType, StructField

__all__ = [
    "AggregateLayout",
    "FormColumns",
    "buffer_field",
    "constant_key",
    "key_fields",
    "partials_plan",
]

_EXPRESSION_KEY = "_groupingexpression"


@dataclass(frozen=True, slots=True)
class FormColumns:
    """One aggregate: its buffers' places among the state's values.

    `first_input` is the place of its partials in a batch's rows, or of the list of
    its distinct values, which is the pairs' table number `pairs`.
    """

    form: AggregateForm
    values: range
    first_input: int
    pairs: int | None


class AggregateLayout:
    """The columns of one aggregation.

    Args:
        aggregate: the resolved node.
        first_attribute_id: where new columns' ids start.
    """

    def __init__(self, aggregate: Aggregate, first_attribute_id: int) -> None:
        self._aggregate = aggregate
        self._ids = itertools.count(first_attribute_id)
        self.grouping = aggregate.grouping or (constant_key(next(self._ids)),)
        self.key_count = len(self.grouping)
        self._buffers: list[Alias] = []
        self._inputs: list[Alias] = []
        self.distinct: list[DistinctValues] = []
        self.list_places: list[int] = []
        self.forms = tuple(self._add(alias) for alias in aggregate.aggregates)
        self.columns = tuple(
            alias.to_attribute() for alias in (*self.grouping, *self._buffers)
        )

    def _add(self, alias: Alias) -> FormColumns:
        assert isinstance(alias.child, AggregateCall), "calls alone are aggregates"
        form = form_of(alias.child)
        first = len(self._buffers)
        buffers = [
            Alias(buffer.partial, (f"{alias.name}.{buffer.name}",), next(self._ids))
            for buffer in form.accumulators
        ]
        self._buffers += buffers
        values = range(first, len(self._buffers))
        if form.distinct is not None:
            number = self._pairs_of(form.distinct)
            return FormColumns(form, values, self.list_places[number], number)
        place = self.key_count + len(self._inputs)
        self._inputs += buffers
        return FormColumns(form, values, place, None)

    def _pairs_of(self, values: DistinctValues) -> int:
        """The number of the values' table; equal ones are listed once."""
        if values not in self.distinct:
            kind = ArrayType(kept_type(values.arguments), True)
            listed = AggregateCall(
                "kept_values", values.arguments, kind, True, True, values.filter
            )
            self.list_places.append(self.key_count + len(self._inputs))
            self._inputs.append(Alias(listed, ("values",), next(self._ids)))
            self.distinct.append(values)
        return self.distinct.index(values)

    def state_schemas(self, operator_id: int, name: str) -> tuple[OperatorSchema, ...]:
        """The tables of state: the groups, then pairs of group and value."""
        keys = key_fields(self.grouping)
        buffers = tuple(map(buffer_field, self._buffers))
        groups = OperatorSchema(operator_id, name, keys, buffers)
        pairs = (
            OperatorSchema(
                operator_id,
                name,
                (*keys, *value_fields(values)),
                (),
                store_name=f"distinct-{number}",
            )
            for number, values in enumerate(self.distinct)
        )
        return (groups, *pairs)

    @property
    def input_plan(self) -> Relation:
        """The plan of a batch's partials by key; one row where there is no key."""
        return partials_plan(self._aggregate, self.grouping, self._inputs)

    def result_plan(self, leaf_id: int) -> Relation:
        """The aggregation's columns, of keys and buffers read by `leaf_id`."""
        source = OperatorOutput(leaf_id, self.columns)
        keys = self.columns[: self.key_count] if self._aggregate.grouping else ()
        finished = [
            Alias(
                columns.form.finish(self._of(columns)), alias.names, alias.attribute_id
            )
            for alias, columns in zip(
                self._aggregate.aggregates, self.forms, strict=True
            )
        ]
        return Project(source, (*keys, *finished))

    def _of(self, columns: FormColumns) -> tuple[AttributeReference, ...]:
        start = self.key_count
        return self.columns[start + columns.values.start : start + columns.values.stop]

    @property
    def column_names(self) -> Sequence[str]:
        """What the operator's tables call their columns: keys, then buffers."""
        return [column.column_name for column in self.columns]


def partials_plan(
    aggregate: Aggregate, keys: Sequence[Alias], inputs: Sequence[Alias]
) -> Relation:
    """The plan of keys and what is made of a batch's rows for each."""
    if aggregate.grouping:
        return Aggregate(aggregate.child, aggregate.grouping, tuple(inputs))
    partial = Aggregate(aggregate.child, (), tuple(inputs))
    return Project(partial, (keys[0], *partial.output))


def constant_key(attribute_id: int) -> Alias:
    """What stands for the key where there is none."""
    metadata = {IS_CONSTANT: True}
    return Alias(Literal(0, ByteType()), ("key",), attribute_id, metadata)


def key_fields(grouping: Sequence[Alias]) -> tuple[StructField, ...]:
    """The keys as columns of state that readers see by their names."""
    return tuple(_field(alias, _key_name(alias)) for alias in grouping)


def buffer_field(alias: Alias) -> StructField:
    """A buffer, `total.sum`, as a column of state that readers see as `sum`."""
    return _field(alias, alias.name.rpartition(".")[2])


def _key_name(alias: Alias) -> str:
    """Spark's name of a key in the state, whatever the query calls it."""
    child = alias.child
    return child.name if isinstance(child, AttributeReference) else _EXPRESSION_KEY


def _field(alias: Alias, shown_name: str) -> StructField:
    """A column under the name that is its identity, with the one for readers."""
    column = alias.to_attribute()
    metadata = {**column.metadata, SHOWN_NAME: shown_name}
    return StructField(state_name(alias), column.data_type, True, metadata)
