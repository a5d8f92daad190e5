"""Ordered calls: aggregates that take an order, and shares of one.

    percentile_cont(0.3) WITHIN GROUP (ORDER BY x DESC)
    listagg(s, ', ') WITHIN GROUP (ORDER BY t)

The resolved call has what it orders by among its arguments: of percentiles the
value comes first, then the share, then whether the order is descending.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from unbounded.analyzer.calls import Call
from unbounded.analyzer.mismatches import quote_sql
from unbounded.errors import AnalysisError
from unbounded.plan.expressions import (
    AttributeReference,
    Expression,
    FunctionCall,
    Literal,
    SortOrder,
    UnresolvedFunction,
)
from unbounded.plan.tree import walk
from unbounded.types import BooleanType

__all__ = ["call_arguments", "check_shares", "order_arguments"]

_OF_ONE_ORDER = frozenset({"mode", "percentile_cont", "percentile_disc"})
_NEED_ORDER = frozenset({"percentile_cont", "percentile_disc"})
_SHARES = {
    "percentile": "`percentage`",
    "percentile_approx": "`percentage`",
    "percentile_cont": "`percentage`",
    "percentile_disc": "`percentage`",
}


def call_arguments(name: str, call: UnresolvedFunction) -> tuple[Expression, ...]:
    """The arguments as the function's row takes them.

    Raises:
        AnalysisError: the order is missing, or not one the function takes.
    """
    orders = call.within_group
    if call.is_distinct and name in _OF_ONE_ORDER:
        raise _wrong("INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED", name)
    if not orders:
        if name in _NEED_ORDER:
            raise _wrong("INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", name)
        return call.arguments
    if name not in _OF_ONE_ORDER:
        if name != "listagg":
            raise AnalysisError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                prettyName=f"`{name}`",
                syntax="WITHIN GROUP (ORDER BY ...)",
            )
        return call.arguments
    if len(orders) != 1:
        numbers = {"expectedNum": 1, "actualNum": len(orders)}
        raise _wrong(
            "INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS", name, **numbers
        )
    (order,) = orders
    child = order.child if isinstance(order, SortOrder) else order
    return (child, *call.arguments)


def order_arguments(
    name: str,
    call: UnresolvedFunction,
    arguments: tuple[Expression, ...],
    resolve: Callable[[Expression], Expression],
) -> tuple[Expression, ...]:
    """The resolved arguments, and the order after them."""
    orders = [o for o in call.within_group if isinstance(o, SortOrder)]
    if name in _OF_ONE_ORDER and (orders or name in _NEED_ORDER):
        return (*arguments, Literal(not orders[0].is_ascending, BooleanType()))
    return (*arguments, *(replace(o, child=resolve(o.child)) for o in orders))


def check_shares(call: Call, name: str, arguments: Sequence[Expression]) -> None:
    """Refuse a share that is no constant from 0 to 1.

    Raises:
        AnalysisError: it is another.
    """
    if name not in _SHARES:
        return
    share = arguments[1]
    if any(isinstance(node, AttributeReference) for node in walk(share)):
        raise AnalysisError(
            "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            sqlExpr=quote_sql(call.sql),
            inputName=_SHARES[name],
            inputType='"DOUBLE"',
            inputExpr=quote_sql(call.argument_sqls[1]),
        )
    shares = share.arguments if isinstance(share, FunctionCall) else (share,)
    for each in shares:
        value = each.value if isinstance(each, Literal) else None
        if isinstance(value, int | float | Decimal) and not 0 <= value <= 1:
            raise AnalysisError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                sqlExpr=quote_sql(call.sql),
                exprName=_SHARES[name].strip("`"),
                valueRange="[0.0, 1.0]",
                currentValue=f'"{value}"',
            )


def _wrong(condition: str, name: str, **numbers: int) -> AnalysisError:
    return AnalysisError(condition, funcName=f"`{name}`", **numbers)
