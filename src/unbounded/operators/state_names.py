"""State names: what a column of state holds, as a name that outlives edits.

A restart knows an operator again by the names and types of its state columns. So
a name tells what was computed, `sum(CAST(price AS double))`, and not what the
user calls it: a new alias keeps the state, another sum does not.
"""

from __future__ import annotations

from unbounded.plan.expressions import (
    AggregateCall,
    Alias,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)

__all__ = ["filtered_name", "state_name"]

# What differs in its errors alone is held in the same way.
_HELD_AS = {"try_sum": "sum"}


def state_name(expression: Expression) -> str:
    """The name of a state column that holds `expression`."""
    match expression:
        case Alias():
            return state_name(expression.child)
        case AttributeReference():
            return expression.name
        case Literal():
            return repr(expression.value)
        case Cast():
            child = state_name(expression.child)
            return f"CAST({child} AS {expression.data_type.simple_string})"
        case AggregateCall():
            word = "DISTINCT " if expression.is_distinct else ""
            name = _HELD_AS.get(expression.name, expression.name)
            called = _called(name, expression.arguments, word)
            return filtered_name(called, expression.filter)
        case FunctionCall():
            return _called(expression.name, expression.arguments)
    children = tuple(c for c in expression.children() if isinstance(c, Expression))
    return _called(type(expression).__name__, children)


def filtered_name(name: str, condition: Expression | None) -> str:
    """The name of what holds `name` in the rows that `condition` takes."""
    if condition is None:
        return name
    return f"{name} FILTER (WHERE {state_name(condition)})"


def _called(name: str, arguments: tuple[Expression, ...], word: str = "") -> str:
    return f"{name}({word}{', '.join(map(state_name, arguments))})"
