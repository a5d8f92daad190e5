"""Functions: the Python functions a client has registered by name.

Names differ in more than case. Spark's temporary functions: they belong to a
session, and a clone of it begins with the same.
"""

from __future__ import annotations

import threading

from unbounded.plan.python_functions import PythonFunction

__all__ = ["FunctionRegistry"]


class FunctionRegistry:
    """One session's functions. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: dict[str, PythonFunction] = {}

    def register(self, function: PythonFunction) -> None:
        """Make a function callable by its name, replacing another."""
        with self._lock:
            self._functions[function.name.lower()] = function

    def find(self, name: str) -> PythonFunction | None:
        """The function of that name, None if there is none."""
        with self._lock:
            return self._functions.get(name.lower())

    def names(self) -> list[str]:
        """The names, as they were registered."""
        with self._lock:
            return sorted(function.name for function in self._functions.values())

    def copy(self) -> FunctionRegistry:
        twin = FunctionRegistry()
        with self._lock:
            twin._functions = dict(self._functions)
        return twin
