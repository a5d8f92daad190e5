"""Rendering: parsed plans and expressions as short text, for expected results."""

from __future__ import annotations

from dataclasses import fields

import pyarrow as pa

from unbounded.plan.commands import Command
from unbounded.plan.expressions import (
    Alias,
    Cast,
    Expression,
    GroupingSets,
    KeySet,
    LambdaFunction,
    LambdaVariable,
    Literal,
    SortOrder,
    UnresolvedAttribute,
    UnresolvedExtractValue,
    UnresolvedFunction,
    UnresolvedStar,
)
from unbounded.plan.relations import Relation
from unbounded.types import DataType

__all__ = ["render", "render_plan"]


def render(node: Expression) -> str:
    """An expression on one line: `+(a, 1:int)`."""
    match node:
        case Literal(value, data_type):
            return f"{value!r}:{data_type}"
        case UnresolvedAttribute(parts):
            return ".".join(f"`{p}`" if "." in p or " " in p else p for p in parts)
        case UnresolvedStar(target):
            return ".".join((*(target or ()), "*"))
        case UnresolvedExtractValue(child, key):
            return f"{render(child)}[{render(key)}]"
        case UnresolvedFunction(name, arguments):
            distinct = "distinct " if node.is_distinct else ""
            listed = ", ".join(map(render, arguments))
            where = f" where {render(node.filter)}" if node.filter else ""
            return f"{name}({distinct}{listed}){where}"
        case Alias(child, names):
            return f"{render(child)} as {', '.join(names)}"
        case Cast(child, data_type, mode):
            word = "cast" if mode == "ANSI" else f"{mode.lower()}_cast"
            return f"{word}({render(child)} as {data_type})"
        case KeySet(keys):
            return f"({', '.join(map(render, keys))})"
        case GroupingSets(kind, elements):
            return f"{kind}({', '.join(map(render, elements))})"
        case LambdaVariable(name):
            return f"${name}"
        case LambdaFunction(body, parameters):
            return f"({', '.join(map(render, parameters))} -> {render(body)})"
        case SortOrder(child, is_ascending, nulls_first):
            direction = "asc" if is_ascending else "desc"
            nulls = "first" if nulls_first else "last"
            return f"{render(child)} {direction} nulls {nulls}"
    raise TypeError(type(node))


def render_plan(node: Relation | Command, depth: int = 0) -> str:
    """A plan as an indented tree: a node a line, its own fields beside it."""
    texts, children = [], []
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Relation):
            children.append(value)
        elif value not in ((), None, "", {}, False) or value is True:
            texts.append(f"{field.name}={_shown(value)}")
    head = "  " * depth + " ".join([type(node).__name__, *texts])
    return "\n".join([head, *(render_plan(child, depth + 1) for child in children)])


def _shown(value: object) -> str:
    match value:
        case Expression():
            return render(value)
        case tuple():
            return f"[{'; '.join(map(_shown, value))}]"
        case pa.Table():
            return str(value.to_pydict())
        case DataType():
            return str(value)
    return repr(value)
