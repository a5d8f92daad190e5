"""Missing values: `na.fill` and `na.drop`, written with simpler relations.

A NaN counts as missing in a float column, as in Spark's `DataFrameNaFunctions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from unbounded import types
from unbounded.connect.conversion import Context
from unbounded.connect.expressions import convert_literal
from unbounded.plan.expressions import (
    Alias,
    Cast,
    Expression,
    Literal,
    UnresolvedAttribute,
    UnresolvedFunction,
)
from unbounded.plan.relations import Filter, Project, Relation

__all__ = ["drop_missing", "fill_missing"]

_FLOATS = (types.FloatType, types.DoubleType)
_NUMBERS = (
    types.ByteType,
    types.ShortType,
    types.IntegerType,
    types.LongType,
    types.DecimalType,
    *_FLOATS,
)


def fill_missing(child: Relation, message: Any, context: Context) -> Relation:
    """`na.fill`: one value for all named columns, or one for each."""
    values = [convert_literal(value) for value in message.values]
    names = list(message.cols)
    schema = context.session.schema(child)
    by_name: dict[str, Literal] = {}
    if len(values) == 1:
        wanted = names or schema.names
        by_name = {name.lower(): values[0] for name in wanted}
    else:
        pairs = zip(names, values, strict=True)
        by_name = {name.lower(): value for name, value in pairs}
    known = {name.lower() for name in schema.names}
    plain = (name for name in names if "." not in name and "`" not in name)
    unknown = [name for name in plain if name.lower() not in known]
    if unknown:
        # The analyzer refuses it, naming those that are near.
        return Project(child, (UnresolvedAttribute((unknown[0],)),))
    columns = tuple(
        _filled(field, by_name.get(field.name.lower())) for field in schema.fields
    )
    return Project(child, columns)


def _filled(field: types.StructField, value: Literal | None) -> Expression:
    column = UnresolvedAttribute((field.name,))
    if value is None or not _takes(field.data_type, value.data_type):
        return column
    present: Expression = column
    if isinstance(field.data_type, _FLOATS):
        null = Literal(None, field.data_type)
        present = UnresolvedFunction("nanvl", (column, null))
    filled = UnresolvedFunction("coalesce", (present, Cast(value, field.data_type)))
    return Alias(filled, (field.name,))


def _takes(column: types.DataType, value: types.DataType) -> bool:
    if isinstance(value, _NUMBERS):
        return isinstance(column, _NUMBERS)
    return type(column) is type(value)


def drop_missing(child: Relation, message: Any, context: Context) -> Relation:
    """`na.drop`: the rows with at least so many values present."""
    schema = context.session.schema(child)
    kinds = {field.name.lower(): field.data_type for field in schema.fields}
    names = list(message.cols) or list(schema.names)
    present = [_is_present(name, kinds.get(name.lower())) for name in names]
    if not present:
        return child
    if not message.HasField("min_non_nulls") or message.min_non_nulls >= len(names):
        return Filter(child, _all_of(present))
    counted = (
        UnresolvedFunction("when", (condition, _integer(1), _integer(0)))
        for condition in present
    )
    total = reduce(lambda a, b: UnresolvedFunction("+", (a, b)), counted)
    least = _integer(message.min_non_nulls)
    return Filter(child, UnresolvedFunction(">=", (total, least)))


def _is_present(name: str, data_type: types.DataType | None) -> Expression:
    column = UnresolvedAttribute((name,))
    is_not_null = UnresolvedFunction("isNotNull", (column,))
    if not isinstance(data_type, _FLOATS):
        return is_not_null
    is_nan = UnresolvedFunction("isnan", (column,))
    return _all_of([is_not_null, UnresolvedFunction("not", (is_nan,))])


def _all_of(conditions: Iterable[Expression]) -> Expression:
    return reduce(lambda a, b: UnresolvedFunction("and", (a, b)), conditions)


def _integer(value: int) -> Literal:
    return Literal(value, types.IntegerType())
