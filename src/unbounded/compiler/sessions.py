"""Sessions: rows of one key whose spans touch, put together.

    starts session   = the row's start is after every end before it, by start
    session number   = how many rows up to it start one
    session          = from the least start to the greatest end of a number

A span touches the next where its end is the next one's start. The rows are sorted
once a key; Spark's `MergingSessionsExec`.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.compiler.select import Select
from unbounded.plan.event_time import session_position
from unbounded.plan.expressions import Alias
from unbounded.plan.relations import Aggregate
from unbounded.types import quote_name

__all__ = ["SESSION_NUMBER", "numbered_sessions", "session_key", "whole_session"]

SESSION_NUMBER = '"session number"'

_STARTS = '"starts session"'


def session_key(plan: Aggregate) -> Alias | None:
    """The grouping column by which rows are put into sessions."""
    position = session_position(plan.grouping)
    return None if position is None else plan.grouping[position]


def numbered_sessions(
    child: Select, keys: Sequence[str], session: str, position: str | None
) -> Select:
    """`child` with the number of each row's session among those of its keys.

    `child` must take columns; `keys` and `session` are SQL over them. `position` is
    a column that tells the order of rows; afterwards it is that of their sessions.
    """
    partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
    order = f'ORDER BY {session}."start", {session}."end"'
    before = f"({partition}{order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    touches = f'{session}."start" <= max({session}."end") OVER {before}'
    starts = f"CASE WHEN {touches} THEN 0 ELSE 1 END"
    kept = list(child.columns)
    moved = []
    if position is not None:
        kept.append((position, _bare(position)))
        moved.append((f"row_number() OVER ({order}, {position})", _bare(position)))
    marked = child.with_columns((*kept, (starts, _bare(_STARTS)))).wrapped()
    # Of rows that tie any may be the one that starts; all of them are counted.
    so_far = f"({partition}{order} RANGE UNBOUNDED PRECEDING)"
    number = (f"sum({_STARTS}) OVER {so_far}", _bare(SESSION_NUMBER))
    passed = [(quote_name(name), name) for _, name in child.columns]
    return marked.with_columns((*passed, *moved, number)).wrapped()


def whole_session(session: str) -> str:
    """The session of a group: from its first row's start to its last end."""
    start, end = f'min({session}."start")', f'max({session}."end")'
    return f'struct_pack("start" := {start}, "end" := {end})'


def _bare(quoted: str) -> str:
    return quoted.strip('"')
