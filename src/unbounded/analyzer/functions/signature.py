"""Signature: one row of the function tables.

A row says which Spark names reach a canonical function, what it takes, what it
gives and when the answer may be null. The names of the rows are a contract: the
compiler has a row for each, and sees arguments already cast to `takes`, with
every argument left out filled from `defaults`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unbounded.analyzer.argument_types import ArgumentType
from unbounded.plan.expressions import Expression, Literal, type_of
from unbounded.types import DataType

__all__ = [
    "Nullability",
    "ResultType",
    "Signature",
    "always_nullable",
    "by_spark_name",
    "is_nullable",
    "never_null",
    "null_if_all",
    "null_if_any",
    "row",
    "type_of",
]

ResultType = Callable[[Sequence[Expression]], DataType]
Nullability = Callable[[Sequence[Expression]], bool]


def is_nullable(expression: Expression) -> bool:
    """Whether a resolved expression may be null."""
    return expression.nullable  # type: ignore[attr-defined, no-any-return]


def null_if_any(arguments: Sequence[Expression]) -> bool:
    return any(is_nullable(argument) for argument in arguments)


def null_if_all(arguments: Sequence[Expression]) -> bool:
    return all(is_nullable(argument) for argument in arguments)


def never_null(arguments: Sequence[Expression]) -> bool:
    return False


def always_nullable(arguments: Sequence[Expression]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Signature:
    """A function: how it is called, what it takes and gives.

    `repeats` lets the last of `takes` occur any number of times. `unifies`
    brings the arguments from that position on to their common type first.
    `shows_defaults` tells whether generated column names show the arguments
    left out.
    """

    name: str
    takes: tuple[ArgumentType, ...]
    gives: ResultType
    required: int
    repeats: bool = False
    unifies: int | None = None
    nullable: Nullability = null_if_any
    defaults: tuple[Literal, ...] = ()
    shows_defaults: bool = True
    aliases: tuple[str, ...] = ()

    @property
    def spark_names(self) -> tuple[str, ...]:
        return self.aliases or (self.name,)


def row(
    name: str,
    takes: tuple[ArgumentType, ...],
    gives: DataType | ResultType,
    *,
    required: int | None = None,
    repeats: bool = False,
    unifies: int | None = None,
    nullable: Nullability = null_if_any,
    defaults: tuple[Literal, ...] = (),
    shows_defaults: bool = True,
    aliases: tuple[str, ...] = (),
) -> Signature:
    """A row in short: `gives` may be a plain type, defaults set `required`."""
    if required is None:
        required = len(takes) - len(defaults)
    result: ResultType = (lambda _: gives) if isinstance(gives, DataType) else gives
    return Signature(
        name,
        takes,
        result,
        required,
        repeats,
        unifies,
        nullable,
        defaults,
        shows_defaults,
        aliases,
    )


def by_spark_name(rows: Sequence[Signature]) -> Mapping[str, Signature]:
    """The rows under each Spark name that reaches them, all lower case."""
    table: dict[str, Signature] = {}
    for signature in rows:
        for spark_name in signature.spark_names:
            assert spark_name not in table, spark_name
            table[spark_name] = signature
    return table
