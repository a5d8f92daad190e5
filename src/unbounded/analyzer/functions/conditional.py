"""Conditional functions and comparisons: rows of the function tables.

Arguments of a row with `unifies` have one common type. `case_when` takes
condition, value pairs and a last else value where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.analyzer.argument_types import (
    ANY,
    BOOLEAN,
    DOUBLE,
    ORDERABLE,
    STRING,
    Choice,
    Exactly,
)
from unbounded.analyzer.functions.signature import (
    Signature,
    always_nullable,
    is_nullable,
    never_null,
    null_if_all,
    row,
    type_of,
)
from unbounded.plan.expressions import Expression
from unbounded.types import BooleanType, DataType, FloatType, NullType, StringType

__all__ = ["CONDITIONAL_FUNCTIONS", "COMPARISONS"]

_BOOLEAN = BooleanType()
_FLOAT = Exactly(FloatType())


def _first(arguments: Sequence[Expression]) -> DataType:
    return type_of(arguments[0])


def _second(arguments: Sequence[Expression]) -> DataType:
    return type_of(arguments[1])


COMPARISONS: tuple[Signature, ...] = (
    row("equal", (ORDERABLE, ORDERABLE), _BOOLEAN, unifies=0, aliases=("=", "==")),
    row(
        "null_safe_equal",
        (ORDERABLE, ORDERABLE),
        _BOOLEAN,
        unifies=0,
        nullable=never_null,
        aliases=("<=>", "equal_null"),
    ),
    row("less", (ORDERABLE, ORDERABLE), _BOOLEAN, unifies=0, aliases=("<",)),
    row("less_or_equal", (ORDERABLE, ORDERABLE), _BOOLEAN, unifies=0, aliases=("<=",)),
    row("greater", (ORDERABLE, ORDERABLE), _BOOLEAN, unifies=0, aliases=(">",)),
    row(
        "greater_or_equal", (ORDERABLE, ORDERABLE), _BOOLEAN, unifies=0, aliases=(">=",)
    ),
    row("in", (ANY, ANY), _BOOLEAN, unifies=0, repeats=True, required=1),
    row("and", (BOOLEAN, BOOLEAN), _BOOLEAN),
    row("or", (BOOLEAN, BOOLEAN), _BOOLEAN),
    row("not", (BOOLEAN,), _BOOLEAN, aliases=("not", "!")),
    row("is_null", (ANY,), _BOOLEAN, nullable=never_null, aliases=("isnull",)),
    row("is_not_null", (ANY,), _BOOLEAN, nullable=never_null, aliases=("isnotnull",)),
    row(
        "is_nan",
        (Choice((DOUBLE, _FLOAT)),),
        _BOOLEAN,
        nullable=never_null,
        aliases=("isnan",),
    ),
)

CONDITIONAL_FUNCTIONS: tuple[Signature, ...] = (
    row(
        "if",
        (BOOLEAN, ANY, ANY),
        _second,
        unifies=1,
        nullable=lambda a: is_nullable(a[1]) or is_nullable(a[2]),
    ),
    row(
        "coalesce",
        (ANY,),
        _first,
        required=1,
        repeats=True,
        unifies=0,
        nullable=null_if_all,
    ),
    row("nullif", (ANY, ANY), _first, unifies=0, nullable=always_nullable),
    row("nanvl", (Choice((DOUBLE, _FLOAT)),) * 2, _first, unifies=0),
    row(
        "greatest",
        (ORDERABLE, ORDERABLE),
        _first,
        repeats=True,
        unifies=0,
        nullable=null_if_all,
    ),
    row(
        "least",
        (ORDERABLE, ORDERABLE),
        _first,
        repeats=True,
        unifies=0,
        nullable=null_if_all,
    ),
    row("raise_error", (STRING,), NullType(), nullable=always_nullable),
    row(
        "assert_true",
        (BOOLEAN, STRING),
        NullType(),
        required=1,
        nullable=always_nullable,
    ),
    row("typeof", (ANY,), StringType(), nullable=never_null),
)
