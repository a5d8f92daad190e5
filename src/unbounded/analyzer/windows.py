"""Windows: `window`, `session_window` and `window_time`, and what they turn into.

A call is resolved to a node of its own; `assign_windows` takes it out of the
expressions of a relation and puts what makes its column below. Spark's
`TimeWindowing`, `SessionWindowing` and `ResolveWindowTime`.

    window          AssignWindows(time, duration, slide, start)
    session_window  Filter(end > start), Project(…, struct(time, time + gap))
    window_time     Project(…, window.end - 1 microsecond)

A session is first the one of its row; a grouping by it puts together those that
touch (`plan/event_time.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unbounded.analyzer.argument_types import (
    INT,
    STRUCT,
    Choice,
    Exactly,
    Family,
    is_integral,
)
from unbounded.analyzer.calls import Call, check_number, make_call
from unbounded.analyzer.canonical import canonical
from unbounded.analyzer.coercion import cast_to
from unbounded.analyzer.context import Context
from unbounded.analyzer.functions.signature import is_nullable, type_of
from unbounded.analyzer.mismatches import quote_sql, unexpected_input
from unbounded.analyzer.resolved import Resolved
from unbounded.errors import AnalysisError, IllegalArgumentError, ParseError
from unbounded.parser import Interval, parse_interval
from unbounded.plan.event_time import SESSION_WINDOW
from unbounded.plan.expressions import (
    TIME_WINDOW,
    Alias,
    AttributeReference,
    Expression,
    FunctionCall,
    Literal,
)
from unbounded.plan.relations import (
    AssignWindows,
    Filter,
    Project,
    Relation,
    output_of,
)
from unbounded.plan.tree import transform_up, walk
from unbounded.types import (
    BooleanType,
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

__all__ = ["WINDOWS", "WINDOW_CALLS", "SessionWindow", "TimeWindow", "assign_windows"]

_MAX = 9223372036854775807


def _span(kind: DataType) -> StructType:
    return StructType((StructField("start", kind), StructField("end", kind)))


_SPANS = (Exactly(_span(TimestampType())), Exactly(_span(TimestampNTZType())))
_ANY_TIME = Family(
    "(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)",
    lambda kind: isinstance(kind, TimestampType | TimestampNTZType),
    TimestampType(),
)
_TIMES = Choice((_ANY_TIME, *_SPANS))


@dataclass(frozen=True, slots=True)
class TimeWindow(Expression):
    """A resolved `window(…)`; only between resolution and `assign_windows`."""

    time: Expression
    duration_us: int
    slide_us: int
    start_us: int

    @property
    def data_type(self) -> DataType:
        return _span(type_of(self.time))

    @property
    def nullable(self) -> bool:
        """Spark builds sliding windows by an expansion whose column is nullable."""
        return self.duration_us != self.slide_us


@dataclass(frozen=True, slots=True)
class SessionWindow(Expression):
    """A resolved `session_window(…)`; only between resolution and `assign_windows`.

    `end` is the time and the gap added to it, null for a gap that is none.
    """

    time: Expression
    end: Expression

    @property
    def data_type(self) -> DataType:
        return _span(type_of(self.time))

    @property
    def nullable(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class WindowTime(Expression):
    """A resolved `window_time(…)`; only between resolution and `assign_windows`."""

    window: AttributeReference
    time: Expression

    @property
    def data_type(self) -> DataType:
        return type_of(self.time)

    @property
    def nullable(self) -> bool:
        return True


Window = TimeWindow | SessionWindow
WINDOWS = (TimeWindow, SessionWindow, WindowTime)


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
        case StructType() as struct if _is_span(struct):
            return _last_moment(call, argument)
        case other:
            sql = call.argument_sqls[0]
            raise unexpected_input(_window_sql(call), 0, _TIMES, sql, other)


def _is_span(struct: StructType) -> bool:
    kinds = {field.data_type for field in struct.fields}
    is_time = kinds in ({TimestampType()}, {TimestampNTZType()})
    return is_time and struct.names == ("start", "end")


def _last_moment(call: Call, window: Expression) -> Expression:
    """One microsecond before a window ends.

    Raises:
        AnalysisError: the struct is not a window that a grouping or select made.
    """
    is_window = isinstance(window, AttributeReference) and (
        window.metadata.get(TIME_WINDOW) or window.metadata.get(SESSION_WINDOW)
    )
    struct = type_of(window)
    assert isinstance(struct, StructType)
    if not is_window or not _is_span(struct):
        sql = f"window_time({call.argument_sqls[0]})"
        raise AnalysisError("_LEGACY_ERROR_TEMP_3101", windowTime=sql)
    assert isinstance(window, AttributeReference)
    kind = struct.fields[1].data_type
    nullable = is_nullable(window)
    key = Literal("end", StringType())
    end = make_call(call, "get_field", (window, key), kind, nullable)
    step = Literal(-1, DayTimeIntervalType())
    time = make_call(call, "add_interval", (end, step), kind, nullable)
    return WindowTime(window, time)


def _window_sql(call: Call) -> str:
    name = call.name.replace("session_window", "sessionwindow")
    return f"{name}({', '.join(call.argument_sqls)})"


def _interval_us(call: Call, index: int) -> int:
    """The microseconds of an interval argument.

    Raises:
        AnalysisError: it is no literal, or has months, or can't be read.
    """
    argument = call.arguments[index]
    if isinstance(argument, Literal) and argument.value is not None:
        if isinstance(argument.data_type, StringType):
            months, days, microseconds = _parsed(str(argument.value))
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


def _parsed(text: str) -> Interval:
    """Spark finds out when it analyzes, so it is no error of the parser."""
    try:
        return parse_interval(text)
    except ParseError as error:
        raise AnalysisError(error.condition, **error.parameters) from error


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
    (argument,) = call.arguments
    kind = type_of(argument)
    if not isinstance(kind, StructType):
        sql = call.argument_sqls[0]
        raise unexpected_input(call.sql, 0, STRUCT, sql, kind)
    return _last_moment(call, argument)


def _session_window(call: Call) -> Expression:
    check_number(call, 2, 2)
    time = _time_of(call, call.arguments[0])
    gap = call.arguments[1]
    kind = type_of(gap)
    if not isinstance(kind, StringType | NullType):
        raise AnalysisError("_LEGACY_ERROR_TEMP_1040", dt=type(kind).__name__)
    return SessionWindow(time, _session_end(call, time, gap))


def _session_end(call: Call, time: Expression, gap: Expression) -> Expression:
    """The time and the gap; null for a text that is no length of time.

    Days and months are those of the calendar, so only the rest of a literal is a
    number that is the same for every row.
    """
    kind = type_of(time)
    if isinstance(gap, Literal):
        length = _gap_of(gap)
        if length is None:
            return Literal(None, kind)
        if not length.months and not length.days:
            step = Literal(length.microseconds, DayTimeIntervalType())
            nullable = is_nullable(time)
            return make_call(call, "add_interval", (time, step), kind, nullable)
    return make_call(call, "add_interval_text", (time, gap), kind, True)


def _gap_of(gap: Literal) -> Interval | None:
    try:
        return None if gap.value is None else parse_interval(str(gap.value))
    except ParseError:
        return None


WINDOW_CALLS: Mapping[str, Callable[[Call], Expression]] = {
    "window": _window,
    "window_time": _window_time,
    "session_window": _session_window,
}


# --- the rewrite ------------------------------------------------------------


def assign_windows(
    resolved: Resolved, expressions: Sequence[Expression], context: Context
) -> tuple[Resolved, list[Expression]]:
    """The windows of some expressions computed below them.

    `window(time, '1 hour')` → the column `window` of an `AssignWindows`.

    Raises:
        AnalysisError: there are two different windows.
    """
    relation, rewritten = _compute_times(resolved.relation, expressions, context)
    windows = _find(rewritten, TimeWindow, SessionWindow)
    if len(windows) > 1:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1039")
    for window in windows:
        if isinstance(window, TimeWindow):
            relation, column = _assign_window(relation, window, context)
        else:
            assert isinstance(window, SessionWindow)
            relation, column = _assign_session(relation, window, context)
        rewritten = _replaced(rewritten, {canonical(window): column})
    return replace(resolved, relation=relation), rewritten


def _find(
    expressions: Sequence[Expression], *kinds: type[Expression]
) -> list[Expression]:
    """The different windows in some expressions."""
    found: dict[Expression, Expression] = {}
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, kinds):
                found.setdefault(canonical(node), node)
    return list(found.values())


def _replaced(
    expressions: Sequence[Expression], columns: Mapping[Expression, Expression]
) -> list[Expression]:
    def put_column(node: Any) -> Any:
        return columns[canonical(node)] if isinstance(node, _kinds(columns)) else node

    return [transform_up(expression, put_column) for expression in expressions]


def _kinds(columns: Mapping[Expression, Expression]) -> tuple[type[Expression], ...]:
    return tuple({type(expression) for expression in columns})


def _compute_times(
    relation: Relation, expressions: Sequence[Expression], context: Context
) -> tuple[Relation, list[Expression]]:
    """The times of windows as columns below, which keep the windows' watermark."""
    times = _find(expressions, WindowTime)
    if not times:
        return relation, list(expressions)
    columns: dict[Expression, Expression] = {}
    added = []
    for time in times:
        assert isinstance(time, WindowTime)
        name = f"window_time({time.window.name})"
        kept = dict(time.window.metadata)
        kept.pop(TIME_WINDOW, None)
        kept.pop(SESSION_WINDOW, None)
        alias = Alias(time.time, (name,), context.new_attribute_id(), kept)
        added.append(alias)
        columns[canonical(time)] = replace(alias.to_attribute(), nullable=True)
    below = Project(relation, (*output_of(relation), *added))
    return below, _replaced(expressions, columns)


def _assign_window(
    relation: Relation, window: TimeWindow, context: Context
) -> tuple[Relation, AttributeReference]:
    column = AttributeReference(
        "window",
        window.data_type,
        window.nullable,
        context.new_attribute_id(),
        (),
        _window_metadata(window.time, TIME_WINDOW),
    )
    assigned = AssignWindows(
        relation,
        window.time,
        window.duration_us,
        window.slide_us,
        window.start_us,
        column,
    )
    return assigned, column


def _assign_session(
    relation: Relation, session: SessionWindow, context: Context
) -> tuple[Relation, AttributeReference]:
    """Each row with its own session; without a time or a length it has none."""
    kind = session.data_type
    assert isinstance(kind, StructType)
    start, end = (Literal(name, StringType()) for name in kind.names)
    struct = FunctionCall(
        "named_struct", (start, session.time, end, session.end), kind, False
    )
    metadata = _window_metadata(session.time, SESSION_WINDOW)
    alias = Alias(struct, ("session_window",), context.new_attribute_id(), metadata)
    column = alias.to_attribute()
    # A null time makes the comparison null as well, which keeps no row. A gap that
    # is none for every row keeps none below the watermark, which then sees no time.
    has_length: Expression = Literal(False, BooleanType())
    if not isinstance(session.end, Literal):
        ends_later = (session.end, session.time)
        has_length = FunctionCall("greater", ends_later, BooleanType())
    kept = Filter(relation, has_length)
    return Project(kept, (*output_of(kept), alias)), column


def _window_metadata(time: Expression, mark: str) -> Mapping[str, Any]:
    """The mark of a window column, with the metadata of the time it came from."""
    kept = time.metadata if isinstance(time, AttributeReference) else {}
    return {**kept, mark: True}
