"""Joined streams: two streams and joins of them on conditions given as text."""

from __future__ import annotations

from tests.analyzer.queries import expr, resolved, stream
from unbounded.plan.expressions import (
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.relations import (
    Join,
    JoinType,
    Relation,
    UnresolvedJoin,
    WithWatermark,
)
from unbounded.plan.tree import walk

LEFT = stream(
    "a TIMESTAMP, k STRING, v INT, an TIMESTAMP_NTZ,"
    " aw STRUCT<start: TIMESTAMP, end: TIMESTAMP>, a2 TIMESTAMP"
)
RIGHT = stream(
    "b TIMESTAMP, j STRING, x BIGINT, bn TIMESTAMP_NTZ,"
    " bw STRUCT<start: TIMESTAMP, end: TIMESTAMP>, b2 TIMESTAMP"
)


def marked(
    left: str | None = "a", right: str | None = "b"
) -> tuple[Relation, Relation]:
    """Both streams, with a watermark of ten seconds on these columns."""
    return (
        WithWatermark(LEFT, left, "10 seconds") if left else LEFT,
        WithWatermark(RIGHT, right, "10 seconds") if right else RIGHT,
    )


def joined(
    condition: str | None,
    join_type: JoinType = "inner",
    left: str | None = "a",
    right: str | None = "b",
) -> Join:
    """The join of the two, resolved; the sides' watermarks are on `left`, `right`."""
    sides = marked(left, right)
    on = None if condition is None else expr(condition)
    plan = resolved(UnresolvedJoin(*sides, join_type, on))
    (join, *_) = (node for node in walk(plan) if isinstance(node, Join))
    return join


def shown(expression: Expression) -> str:
    """A resolved expression, in few words."""
    match expression:
        case AttributeReference():
            return expression.name
        case Literal():
            return repr(expression.value)
        case Cast():
            return (
                f"cast({shown(expression.child)}, {expression.data_type.simple_string})"
            )
        case FunctionCall():
            inside = ", ".join(map(shown, expression.arguments))
            return f"{expression.name}({inside})"
    return type(expression).__name__
