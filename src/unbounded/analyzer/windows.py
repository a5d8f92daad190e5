"""Windows: `window(time, duration, slide, start)` and what it turns into.

A call is resolved to a `TimeWindow`; `assign_windows` takes it out of the
expressions of a node and puts an `AssignWindows` below. Spark's `TimeWindowing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unbounded.analyzer.argument_types import INT, TIMESTAMP, Choice, is_integral
from unbounded.analyzer.calls import Call, check_number, make_call
from unbounded.analyzer.canonical import canonical
from unbounded.analyzer.coercion import cast_to
from unbounded.analyzer.context import Context
from unbounded.analyzer.functions.signature import is_nullable, type_of
from unbounded.analyzer.mismatches import quote_sql, unexpected_input
from unbounded.analyzer.resolved import Resolved
from unbounded.errors import AnalysisError, IllegalArgumentError, UnsupportedError
from unbounded.parser import parse_interval
from unbounded.plan.expressions import (
    TIME_WINDOW,
    WATERMARK_DELAY,
    AttributeReference,
    Expression,
    Literal,
)
from unbounded.plan.relations import AssignWindows
from unbounded.plan.tree import transform_up, walk
from unbounded.types import (
    DataType,
    DateType,
    DayTimeIntervalType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

__all__ = ["TimeWindow", "WINDOW_CALLS", "assign_windows", "find_windows"]

_MAX = 9223372036854775807


@dataclass(frozen=True, slots=True)
class TimeWindow(Expression):
    """A resolved `window(…)`; only between resolution and `assign_windows`."""

    time: Expression
    duration_us: int
    slide_us: int
    start_us: int

    @property
    def data_type(self) -> DataType:
        kind = type_of(self.time)
        return StructType((StructField("start", kind), StructField("end", kind)))

    @property
    def nullable(self) -> bool:
        """Spark builds sliding windows by an expansion whose column is nullable."""
        return self.duration_us != self.slide_us


# --- calls ------------------------------------------------------------------


def _window(call: Call) -> Expression:
    check_number(call, 2, 4)
    time = _time_of(call, call.arguments[0])
    lengths = [_interval_us(call, index) for index in range(1, len(call.arguments))]
    duration = lengths[0]
    slide = lengths[1] if len(lengths) > 1 else duration
    start = lengths[2] if len(lengths) > 2 else 0
    _check(call, duration, slide, start)
    return TimeWindow(time, duration, slide, start)


def _time_of(call: Call, argument: Expression) -> Expression:
    """The time to assign by: a timestamp, or a window's last moment."""
    match type_of(argument):
        case TimestampType() | TimestampNTZType():
            return argument
        case StringType() | DateType() | NullType():
            return cast_to(argument, TimestampType())
        case StructType() as struct if struct.names == ("start", "end"):
            return _last_moment(call, argument)
        case other:
            sql = call.argument_sqls[0]
            raise unexpected_input(
                _window_sql(call), 0, Choice((TIMESTAMP,)), sql, other
            )


def _window_sql(call: Call) -> str:
    return f"window({', '.join(call.argument_sqls)})"


def _last_moment(call: Call, window: Expression) -> Expression:
    """One microsecond before a window ends, with the window's watermark."""
    struct = type_of(window)
    assert isinstance(struct, StructType)
    kind = struct.fields[1].data_type
    nullable = is_nullable(window)
    key = Literal("end", StringType())
    end = make_call(call, "get_field", (window, key), kind, nullable)
    step = Literal(-1, DayTimeIntervalType())
    return make_call(call, "add_interval", (end, step), kind, nullable)


def _interval_us(call: Call, index: int) -> int:
    """The microseconds of an interval argument.

    Raises:
        AnalysisError: it is no literal, or has months, or can't be read.
    """
    argument = call.arguments[index]
    if isinstance(argument, Literal) and argument.value is not None:
        if isinstance(argument.data_type, StringType):
            months, days, microseconds = parse_interval(str(argument.value))
            if months:
                raise IllegalArgumentError(
                    "_LEGACY_ERROR_TEMP_3231", interval=argument.value
                )
            return days * 86_400_000_000 + microseconds
        if isinstance(argument.data_type, DayTimeIntervalType) or is_integral(
            argument.data_type
        ):
            return int(argument.value)
    sql = call.argument_sqls[index]
    raise unexpected_input(_window_sql(call), index, INT, sql, type_of(argument))


def _check(call: Call, duration: int, slide: int, start: int) -> None:
    sql = f"window({call.argument_sqls[0]}, {duration}, {slide}, {start})"
    for name, value in (("window_duration", duration), ("slide_duration", slide)):
        if value <= 0:
            raise AnalysisError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                sqlExpr=quote_sql(sql),
                exprName=f"`{name}`",
                valueRange=f"(0, {_MAX}]",
                currentValue=f"{value}L",
            )
    limits = (
        ("slide_duration", slide, "<=", "window_duration", duration, slide > duration),
        (
            "abs(start_time)",
            abs(start),
            "<",
            "slide_duration",
            slide,
            abs(start) >= slide,
        ),
    )
    for left, left_value, constraint, right, right_value, is_broken in limits:
        if is_broken:
            raise AnalysisError(
                "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                sqlExpr=quote_sql(sql),
                leftExprName=f"`{left}`",
                leftExprValue=f"{left_value}L",
                constraint=constraint,
                rightExprName=f"`{right}`",
                rightExprValue=f"{right_value}L",
            )


def _window_time(call: Call) -> Expression:
    check_number(call, 1, 1)
    return _last_moment(call, call.arguments[0])


def _session_window(call: Call) -> Expression:
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature="session_window",
        advice="Use a tumbling or sliding window.",
    )


WINDOW_CALLS: Mapping[str, Callable[[Call], Expression]] = {
    "window": _window,
    "window_time": _window_time,
    "session_window": _session_window,
}


# --- the rewrite ------------------------------------------------------------


def find_windows(expressions: Sequence[Expression]) -> list[TimeWindow]:
    """The different windows in some expressions."""
    found: dict[Expression, TimeWindow] = {}
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, TimeWindow):
                found.setdefault(canonical(node), node)
    return list(found.values())


def assign_windows(
    resolved: Resolved, expressions: Sequence[Expression], context: Context
) -> tuple[Resolved, list[Expression]]:
    """The window of some expressions computed below them.

    `window(time, '1 hour')` → the column `window` of an `AssignWindows`.

    Raises:
        AnalysisError: there are two different windows.
    """
    windows = find_windows(expressions)
    if not windows:
        return resolved, list(expressions)
    if len(windows) > 1:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1039")
    window = windows[0]
    column = AttributeReference(
        "window",
        window.data_type,
        window.nullable,
        context.new_attribute_id(),
        (),
        _window_metadata(window),
    )
    relation = AssignWindows(
        resolved.relation,
        window.time,
        window.duration_us,
        window.slide_us,
        window.start_us,
        column,
    )

    def put_column(node: Any) -> Any:
        return column if isinstance(node, TimeWindow) else node

    rewritten = [transform_up(e, put_column) for e in expressions]
    return replace(resolved, relation=relation), rewritten


def _window_metadata(window: TimeWindow) -> Mapping[str, Any]:
    """The mark of a window column, with the watermark of the time it came from."""
    metadata: dict[str, Any] = {TIME_WINDOW: True}
    for node in walk(window.time):
        if isinstance(node, AttributeReference) and _carries_time(window.time, node):
            delay = node.metadata.get(WATERMARK_DELAY)
            if delay is not None:
                metadata[WATERMARK_DELAY] = delay
    return metadata


def _carries_time(time: Expression, attribute: AttributeReference) -> bool:
    """Whether the time is the column itself or the end of a window column."""
    return time is attribute or bool(attribute.metadata.get(TIME_WINDOW))
