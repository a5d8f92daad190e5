"""Compile context: what a statement depends on besides its plan."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CompileContext"]


@dataclass(frozen=True, slots=True)
class CompileContext:
    """The session's settings that change the meaning of expressions.

    `current_timestamp_us` is one moment for the whole statement, microseconds
    since 1970 in UTC: a batch's time on a stream, the call's otherwise.
    """

    time_zone: str = "UTC"
    current_timestamp_us: int = 0
    ansi: bool = True
