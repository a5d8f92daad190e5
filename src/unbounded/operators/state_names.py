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

__all__ = ["state_name"]


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
            called = _called(expression.name, expression.arguments)
            if expression.filter is None:
                return called
            return f"{called} FILTER (WHERE {state_name(expression.filter)})"
        case FunctionCall():
            return _called(expression.name, expression.arguments)
    children = tuple(c for c in expression.children() if isinstance(c, Expression))
    return _called(type(expression).__name__, children)


def _called(name: str, arguments: tuple[Expression, ...]) -> str:
    return f"{name}({', '.join(map(state_name, arguments))})"
