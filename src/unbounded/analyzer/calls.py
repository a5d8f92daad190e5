"""Calls: a function's arguments checked and coerced by its row of the tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unbounded.analyzer.argument_types import (
    ANY,
    ORDERABLE,
    WITHOUT_MAP,
    ArgumentType,
    is_integral,
)
from unbounded.analyzer.coercion import (
    cast_to,
    coerce_to,
    decimal_of_literal,
    wider_common_type,
)
from unbounded.analyzer.context import Context
from unbounded.analyzer.functions.signature import Signature, type_of
from unbounded.analyzer.mismatches import (
    binary_different_types,
    binary_wrong_type,
    different_types,
    quote_function,
    quote_sql,
    quote_type,
    unexpected_input,
    wrong_number,
)
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import Expression, FunctionCall, Literal
from unbounded.types import DataType, DecimalType

__all__ = ["Call", "call_scalar", "check_number", "make_call", "prepare_arguments"]


@dataclass(frozen=True, slots=True)
class Call:
    """A function call being resolved: its name as written, resolved arguments.

    `write` gives its text and theirs. Only errors ask for it: writing a text
    resolves again what it needs the types of.
    """

    name: str
    arguments: tuple[Expression, ...]
    context: Context
    write: Callable[[], tuple[str, tuple[str, ...]]]

    @property
    def sql(self) -> str:
        return self.write()[0]

    @property
    def argument_sqls(self) -> tuple[str, ...]:
        return self.write()[1]

    @property
    def types(self) -> tuple[DataType, ...]:
        return tuple(type_of(argument) for argument in self.arguments)


def make_call(
    call: Call,
    name: str,
    arguments: Sequence[Expression],
    data_type: DataType,
    nullable: bool,
) -> FunctionCall:
    """A resolved call of the canonical function `name`."""
    return FunctionCall(
        name, tuple(arguments), data_type, nullable, call.context.new_call_id()
    )


def call_scalar(call: Call, signature: Signature) -> Expression:
    """The call of a scalar function by its row."""
    arguments = prepare_arguments(call, signature)
    return make_call(
        call,
        signature.name,
        arguments,
        signature.gives(arguments),
        signature.nullable(arguments),
    )


def check_number(call: Call, least: int, most: int | None) -> None:
    """Refuse a call with fewer than `least` or more than `most` arguments."""
    count = len(call.arguments)
    if count >= least and (most is None or count <= most):
        return
    if most is None:
        expected = f"> {least - 1}"
    elif least == most:
        expected = str(least)
    else:
        expected = f"[{', '.join(str(n) for n in range(least, most + 1))}]"
    raise wrong_number(call.name, expected, count)


def prepare_arguments(call: Call, signature: Signature) -> tuple[Expression, ...]:
    """The arguments counted, completed from defaults and cast to their types."""
    most = None if signature.repeats else len(signature.takes)
    check_number(call, signature.required, most)
    arguments = list(call.arguments)
    missing = len(signature.takes) - len(arguments)
    if signature.defaults and missing > 0:
        arguments.extend(signature.defaults[-missing:])
    if signature.unifies is not None:
        arguments = unify(call, arguments, signature.unifies)
    return tuple(
        _coerce(call, index, argument, _wanted(signature, index))
        for index, argument in enumerate(arguments)
    )


def _wanted(signature: Signature, index: int) -> ArgumentType:
    return signature.takes[min(index, len(signature.takes) - 1)]


def _coerce(
    call: Call, index: int, argument: Expression, wanted: ArgumentType
) -> Expression:
    if wanted is ANY:
        return argument
    coerced = coerce_to(argument, wanted)
    if coerced is not None:
        return coerced
    if wanted is ORDERABLE:
        raise AnalysisError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
            sqlExpr=quote_sql(call.sql),
            functionName=quote_function("=" if call.name == "==" else call.name),
            dataType=quote_type(type_of(argument)),
        )
    if wanted is WITHOUT_MAP:
        raise AnalysisError(
            "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
            sqlExpr=quote_sql(call.sql),
            functionName=quote_function(call.name),
            dataType='"MAP"',
        )
    if call.name in ("and", "or"):
        left, right = call.types
        if left != right:
            raise binary_different_types(call.sql, left, right)
        raise binary_wrong_type(call.sql, '"BOOLEAN"', left)
    sql = call.argument_sqls[index] if index < len(call.argument_sqls) else ""
    raise unexpected_input(call.sql, index, wanted, sql, type_of(argument))


def unify(call: Call, arguments: Sequence[Expression], start: int) -> list[Expression]:
    """The arguments from `start` on cast to their common type.

    Raises:
        AnalysisError: they have none.
    """
    picked = fit_decimals(arguments[start:])
    types = [type_of(argument) for argument in picked]
    common = wider_common_type(types)
    if common is None:
        if call.name in _OPERATORS:
            raise binary_different_types(call.sql, types[0], types[1])
        raise different_types(call.sql, call.name, types)
    return [*arguments[:start], *(cast_to(a, common) for a in picked)]


def fit_decimals(arguments: Sequence[Expression]) -> list[Expression]:
    """Integer literals beside a decimal as decimals of just their digits."""
    if len(arguments) != 2 or not any(
        isinstance(type_of(a), DecimalType) for a in arguments
    ):
        return list(arguments)
    return [
        cast_to(a, decimal_of_literal(a))
        if isinstance(a, Literal) and is_integral(a.data_type) and a.value is not None
        else a
        for a in arguments
    ]


_OPERATORS = frozenset({"=", "==", "<=>", "<", "<=", ">", ">="})
