"""Task context: what `TaskContext.get()` answers in the user's code.

The client keeps it in a class attribute; here each thread has its own, since
queries of one process run side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

__all__ = ["current_task_context", "task_context"]

_TASKS = threading.local()


@contextmanager
def task_context(properties: Mapping[str, str]) -> Iterator[None]:
    """Give this thread a `TaskContext` of partition 0, for a while."""
    from pyspark.taskcontext import TaskContext

    context = object.__new__(TaskContext)
    context._attemptNumber = context._partitionId = context._stageId = 0
    context._taskAttemptId = 0
    context._cpus = 1
    context._resources = {}
    context._localProperties = dict(properties)
    before = current_task_context()
    _TASKS.context = context
    try:
        yield
    finally:
        _TASKS.context = before


def current_task_context() -> Any:
    """The context this thread was given, None if none."""
    return getattr(_TASKS, "context", None)
