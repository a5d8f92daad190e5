"""Windows: rows put into time windows, and groups by window.

    start = time - (time - start offset) mod slide, in microseconds UTC

A tumbling window is one expression. A sliding one multiplies the row by the
windows that hold it, `ceil(duration / slide)` at most. Spark's `TimeWindowing`.

A group by a window is a group by its start: the end follows from it, and
DuckDB groups a number faster than a struct. Where nothing but the grouping reads
the window, only the number is made below.
"""

from __future__ import annotations

from unbounded.compiler.select import Select
from unbounded.compiler.sql_text import FAR_US
from unbounded.plan.expressions import Alias, AttributeReference
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    EventTimeWatermark,
    Filter,
    Project,
    Relation,
)
from unbounded.plan.tree import walk
from unbounded.types import StructType, TimestampNTZType, quote_name

__all__ = ["assigned_windows", "only_groups", "window_keys"]


def assigned_windows(
    plan: AssignWindows,
    child: Select,
    time: str,
    *,
    as_start: bool = False,
    in_order: bool = False,
) -> Select:
    """`child` with the window column; it must take a WHERE.

    With `as_start` the column is the window's start in microseconds since 1970.
    With `in_order` rows stay in their order, each beside itself in other windows,
    which takes longer.
    """
    maker = _maker(plan)
    micros = f"epoch_us({time})"
    # DuckDB's remainder has the sign of the dividend, so all times are moved to after
    # 1970, by whole slides: one division a row instead of two.
    moved_us = -(-FAR_US // plan.slide_us) * plan.slide_us - plan.start_us
    into = f"({micros} + {moved_us}) % {plan.slide_us}"
    last_start = f"{micros} - {into}"
    if not plan.keeps_null_times:
        child = child.with_where(f"{time} IS NOT NULL")
    name = plan.column.column_name
    if plan.slide_us == plan.duration_us:
        window = (
            last_start if as_start else _window(last_start, plan.duration_us, maker)
        )
        return child.with_columns((*child.columns, (window, name)))
    count = -(-plan.duration_us // plan.slide_us)
    columns = (*child.columns, (last_start, "last start"))
    inner = child.with_columns(columns).sql()
    start = f'"last start" - "steps back" * {plan.slide_us}'
    source = f'({inner}) CROSS JOIN range({count}) AS "steps"("steps back")'
    if in_order:
        source = f'(SELECT *, unnest(range({count})) AS "steps back" FROM ({inner}))'
    kept = tuple((quote_name(n), n) for _, n in child.columns)
    window = start if as_start else _window(start, plan.duration_us, maker)
    sliding = Select(source, (*kept, (window, name)))
    if plan.duration_us % plan.slide_us == 0:
        return sliding
    # The earliest candidate may end before the row's time.
    time_us = f"epoch_us({time})"
    return sliding.with_where(f"{start} + {plan.duration_us} > {time_us}")


def _window(start: str, duration_us: int, maker: str) -> str:
    return (
        f'struct_pack("start" := {maker}({start}), '
        f'"end" := {maker}({start} + {duration_us}))'
    )


def _maker(plan: AssignWindows) -> str:
    kind = plan.column.data_type
    assert isinstance(kind, StructType)
    is_local = isinstance(kind.fields[0].data_type, TimestampNTZType)
    return "make_timestamp" if is_local else "make_timestamptz"


def only_groups(plan: Aggregate) -> AssignWindows | None:
    """The windows right below, if the aggregation reads them as a key alone."""
    windows = plan.child
    if not isinstance(windows, AssignWindows):
        return None
    column = windows.column.attribute_id
    others = [a.child for a in plan.grouping if not _is_column(a.child, column)]
    is_read = any(
        _is_column(node, column)
        for expression in (*others, *plan.aggregates)
        for node in walk(expression)
    )
    return None if is_read else windows


def _is_column(node: object, attribute_id: int) -> bool:
    return isinstance(node, AttributeReference) and node.attribute_id == attribute_id


def window_keys(alias: Alias, plan: Aggregate, sql: str) -> tuple[list[str], str]:
    """What to group by for a grouping column, and the column made of it.

    A window is grouped by its start where the plan below says how long it is;
    any other expression is its own key.
    """
    column = alias.child
    if not isinstance(column, AttributeReference):
        return [sql], sql
    windows = _windows_of(column, plan.child)
    if windows is None:
        return [sql], sql
    if only_groups(plan) is windows:
        return [sql], _window(sql, windows.duration_us, _maker(windows))
    start = f'{sql}."start"'
    end = f"{_maker(windows)}(epoch_us({start}) + {windows.duration_us})"
    return [start], f'struct_pack("start" := {start}, "end" := {end})'


def _windows_of(column: AttributeReference, child: Relation) -> AssignWindows | None:
    """The node below that made `column`, seen through nodes that keep it."""
    while True:
        match child:
            case AssignWindows() if child.column.attribute_id == column.attribute_id:
                return child
            case AssignWindows() | Filter() | EventTimeWatermark():
                child = child.child
            case Project() if any(
                isinstance(c, AttributeReference)
                and c.attribute_id == column.attribute_id
                for c in child.columns
            ):
                child = child.child
            case _:
                return None
