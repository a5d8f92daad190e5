"""Errors: a condition, its parameters, and the text a user reads.

Every error of the engine names a *condition* (Spark's name where Spark has one)
and the parameters of its message. Texts and SQLSTATEs stand in
`error_conditions.json` beside this module, sorted by name; a sub-condition is
written `PARENT.CHILD`, and its text follows its parent's.

Classes are few and chosen by what the reader must do. `connect/status.py`
turns them into what the client expects; `engine/` turns DuckDB's into them.

Invariants:
    - every condition raised anywhere is a key of `error_conditions.json`
    - every parameter a text names is given by the one who raises
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import TypedDict

__all__ = [
    "AnalysisError",
    "CheckpointError",
    "ExecutionError",
    "IllegalArgumentError",
    "InternalError",
    "ParseError",
    "QueryError",
    "UnboundedError",
    "UnsupportedError",
    "UserFunctionError",
    "cancellation",
    "condition_text",
]


class ErrorCondition(TypedDict):
    """One entry of `error_conditions.json`."""

    message: str
    sqlstate: str


@functools.cache
def _conditions() -> Mapping[str, ErrorCondition]:
    file = resources.files("unbounded").joinpath("error_conditions.json")
    table: dict[str, ErrorCondition] = json.loads(file.read_text("utf-8"))
    return table


def condition_text(condition: str, parameters: Mapping[str, str]) -> str:
    """The sentence for `condition`, without its name and SQLSTATE."""
    parent, _, child = condition.partition(".")
    texts = [_conditions()[parent]["message"]]
    if child:
        texts.append(_conditions()[condition]["message"])
    return " ".join(texts).format_map(parameters)


class UnboundedError(Exception):
    """An error with a condition name, as Spark's `SparkThrowable`.

    Args:
        condition: a key of `error_conditions.json`.
        parameters: what the message names; each is shown with `str`.
    """

    def __init__(self, condition: str, /, **parameters: object) -> None:
        self.condition = condition
        self.parameters = {name: str(value) for name, value in parameters.items()}
        super().__init__(condition, self.parameters)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.condition, self.parameters))

    @property
    def sqlstate(self) -> str:
        """The SQLSTATE of the condition, five characters."""
        entry = _conditions().get(self.condition)
        return entry["sqlstate"] if entry else "XX000"

    @property
    def message(self) -> str:
        """The whole text a user reads: `[CONDITION] sentence SQLSTATE: ccccc`."""
        text = condition_text(self.condition, self.parameters)
        return f"[{self.condition}] {text} SQLSTATE: {self.sqlstate}"

    def __str__(self) -> str:
        return self.message


def _rebuild(
    kind: type[UnboundedError], condition: str, parameters: dict[str, str]
) -> UnboundedError:
    return kind(condition, **parameters)


class AnalysisError(UnboundedError):
    """The query is wrong as written: a name, a type, a shape. Fix the query."""


class ParseError(AnalysisError):
    """Text that is not Spark SQL, or a schema or interval that can't be read.

    `offset` is the place in the user's text, -1 if there is none; the message
    then ends with the line it stands in and a mark under the place.
    """

    offset = -1
    text = ""

    def at(self, text: str, offset: int) -> ParseError:
        """This error, pointing at a character of `text`."""
        self.text, self.offset = text, offset
        return self

    @property
    def message(self) -> str:
        if self.offset < 0:
            return super().message
        before = self.text[: self.offset]
        line, column = before.count("\n"), self.offset - before.rfind("\n") - 1
        lines = self.text.split("\n")
        lines.insert(line + 1, "-" * column + "^^^")
        place = f"{super().message} (line {line + 1}, pos {column})"
        return "\n".join([place, "", "== SQL ==", *lines])


class IllegalArgumentError(UnboundedError):
    """An option, setting or argument has a value that is not allowed."""


class UnsupportedError(UnboundedError):
    """Valid for Spark, and not to be had here; the message says what to use."""


class ExecutionError(UnboundedError):
    """The data or the machine refused: overflow, malformed record, full disk."""


def cancellation() -> ExecutionError:
    """The error of work that was told to stop."""
    return ExecutionError("OPERATION_CANCELED", message="Interrupted")


class QueryError(UnboundedError):
    """A streaming query ended with an error; its cause is chained."""


class CheckpointError(UnboundedError):
    """A checkpoint can't be used: another query's, another run's, or damaged."""


class UserFunctionError(UnboundedError):
    """The user's Python function raised; the message holds its traceback."""


class InternalError(UnboundedError):
    """A defect of this engine, never the user's fault."""
