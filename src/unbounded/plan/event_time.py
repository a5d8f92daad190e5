"""Event time: the marks by which a plan's columns are known as times and windows.

A column's metadata say what it is; they travel through renames and not through
computations. A grouping by a column that bears the mark of a session puts the
sessions that touch together, wherever the column was made: Spark's rule.
"""

from __future__ import annotations

from unbounded.plan.expressions import Alias

__all__ = ["SESSION_WINDOW", "session_position"]

# Spark's own spelling, as WATERMARK_DELAY and TIME_WINDOW.
SESSION_WINDOW = "spark.sessionWindow"


def session_position(grouping: tuple[Alias, ...]) -> int | None:
    """The position of the grouping column that is a session, if one is."""
    for position, alias in enumerate(grouping):
        if alias.to_attribute().metadata.get(SESSION_WINDOW):
            return position
    return None
