"""Joined streams: two streams and joins of them on conditions given as text."""

from __future__ import annotations

from tests.analyzer.queries import expr, resolved, stream
from unbounded.plan.expressions import (
    Alias,
    AttributeReference,
    Cast,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.relations import (
    EventTimeWatermark,
    Filter,
    Join,
    JoinType,
    Project,
    Relation,
    SourceScan,
    UnresolvedJoin,
    WithWatermark,
    output_of,
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
        case Alias():
            return f"{shown(expression.child)} as {expression.name}"
        case FunctionCall(name="and"):
            return " & ".join(map(shown, expression.arguments))
        case FunctionCall():
            inside = ", ".join(map(shown, expression.arguments))
            return f"{expression.name}({inside})"
    return type(expression).__name__


def outline(plan: Relation, depth: int = 0) -> str:
    """A resolved plan, a line a node, inputs indented."""
    match plan:
        case Project():
            line = f"project {', '.join(map(shown, plan.columns))}"
        case Filter():
            line = f"filter {shown(plan.condition)}"
        case EventTimeWatermark():
            line = f"watermark {plan.event_time.name}"
        case Join():
            on = "" if plan.condition is None else f" on {shown(plan.condition)}"
            line = f"{plan.join_type} join{on}"
        case SourceScan():
            line = f"scan {output_of(plan)[0].name}"
        case _:
            line = type(plan).__name__.lower()
    inputs = [c for c in plan.children() if isinstance(c, Relation)]
    below = [] if isinstance(plan, SourceScan) else inputs
    lines = [" " * depth + line, *(outline(child, depth + 1) for child in below)]
    return "\n".join(lines)


# --- plans with few columns -----------------------------------------------------

LEFT_ROWS = WithWatermark(stream("a TIMESTAMP, k STRING, v INT"), "a", "1 minute")
RIGHT_ROWS = WithWatermark(stream("b TIMESTAMP, j STRING, x BIGINT"), "b", "1 minute")


def join(
    kind: JoinType,
    on: str | None = "k = j",
    left: Relation = LEFT_ROWS,
    right: Relation = RIGHT_ROWS,
) -> Relation:
    return UnresolvedJoin(left, right, kind, expr(on) if on else None)


def select(child: Relation, *columns: str) -> Relation:
    return Project(child, tuple(map(expr, columns)))


def where(child: Relation, condition: str) -> Relation:
    return Filter(child, expr(condition))
