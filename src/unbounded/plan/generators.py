"""Generators: functions that make rows, and the relation that they become.

SELECT k, explode(items) AS item    →    Project(k, item)
                                           Generate(items → item)
"""

from __future__ import annotations

from dataclasses import dataclass

from unbounded.plan.expressions import AttributeReference, Expression, type_of
from unbounded.plan.relations import Relation, output_of
from unbounded.types import (
    ArrayType,
    DataType,
    IntegerType,
    MapType,
    StructField,
    StructType,
)

__all__ = ["Generate", "GeneratorCall", "GeneratorColumn"]


@dataclass(frozen=True, slots=True)
class GeneratorCall(Expression):
    """A resolved call of `explode` or its like; the analyzer makes a relation of it.

    `sql` is its text, `call_id` tells calls apart.
    """

    sql: str
    argument: Expression
    has_position: bool
    is_outer: bool
    call_id: int

    @property
    def fields(self) -> tuple[StructField, ...]:
        """The columns it makes, under the names they have if none are given."""
        kind = type_of(self.argument)
        position = (StructField("pos", IntegerType(), self.is_outer),)
        values: tuple[StructField, ...]
        if isinstance(kind, MapType):
            has_null = self.is_outer or kind.value_contains_null
            values = (
                StructField("key", kind.key_type, self.is_outer),
                StructField("value", kind.value_type, has_null),
            )
        else:
            assert isinstance(kind, ArrayType), "checked when the call was resolved"
            has_null = self.is_outer or kind.contains_null
            values = (StructField("col", kind.element_type, has_null),)
        return (*position, *values) if self.has_position else values

    @property
    def data_type(self) -> DataType:
        fields = self.fields
        return fields[0].data_type if len(fields) == 1 else StructType(fields)

    @property
    def nullable(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class GeneratorColumn(Expression):
    """One of the columns that a call makes."""

    call: GeneratorCall
    place: int

    @property
    def data_type(self) -> DataType:
        return self.call.fields[self.place].data_type

    @property
    def nullable(self) -> bool:
        return self.call.fields[self.place].nullable


@dataclass(frozen=True, slots=True)
class Generate(Relation):
    """Each row of `child` once for each element of its array `values`.

    `element` is the element, `position` its place from 0. A row whose array is null
    or empty is left out, or there once with nulls if `is_outer`.
    """

    child: Relation
    values: AttributeReference
    is_outer: bool
    element: AttributeReference
    position: AttributeReference

    @property
    def output(self) -> tuple[AttributeReference, ...]:
        return (*output_of(self.child), self.position, self.element)
