"""Beside: pure work done in another thread while this one goes on.

For work that leaves the interpreter lock alone, such as writing a large table as
Parquet, which then costs a batch no time of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol, TypeVar

import pyarrow as pa

from unbounded.errors import UnboundedError

__all__ = ["StartThread", "begin"]

T = TypeVar("T")


class Joinable(Protocol):
    """A thread that can be waited for."""

    def join(self) -> None: ...


StartThread = Callable[[str, Callable[[], None]], Joinable]


def begin(work: Callable[[], T], start_thread: StartThread) -> Callable[[], T]:
    """Begin `work`; what is returned waits for its result.

    Work that failed is done again by who waits, so that the error is his.
    """
    results: list[T] = []

    def run() -> None:
        with contextlib.suppress(UnboundedError, pa.ArrowException):
            results.append(work())

    thread = start_thread("unbounded-part", run)

    def result() -> T:
        thread.join()
        return results[0] if results else work()

    return result
