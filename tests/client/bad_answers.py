"""Bad answers: how an answer to bad input is written down, here and of real Spark.

An error is its class, condition, SQLSTATE and the names of its parameters; a
query that ended adds the condition of its cause. A value is its rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["CASES", "Case", "answer", "case", "names"]

Case = Callable[[Any, Path], Any]
CASES: dict[str, Case] = {}


def names(function: Case) -> str:
    return function.__name__.replace("_", " ")


def case(function: Case) -> Case:
    """Enter a case under its name; its answer is what it returns or raises."""
    CASES[names(function)] = function
    return function


def answer(ask: Callable[[], Any]) -> Any:
    """What `ask` gives, or the error in which it ends."""
    try:
        return _plain(ask())
    except Exception as error:
        return told(error)


def told(error: Any) -> Any:
    if not hasattr(error, "getCondition"):
        return {"error": type(error).__name__}
    condition = error.getCondition()
    parameters = error.getMessageParameters() or {}
    if (condition or "").startswith("_LEGACY_ERROR_TEMP"):
        # A condition without a name of its own has no SQLSTATE in Spark.
        return {"error": type(error).__name__, "condition": condition}
    found = {
        "error": type(error).__name__,
        "condition": condition,
        "sqlstate": error.getSqlState(),
        "parameters": sorted(parameters),
    }
    if type(error).__name__ == "StreamingQueryException":
        cause = re.search(r"\[([A-Z][A-Z_0-9.]+)\]", parameters.get("message", ""))
        found["cause"] = cause[1] if cause else None
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value if isinstance(value, str | int | bool | None) else str(value)
