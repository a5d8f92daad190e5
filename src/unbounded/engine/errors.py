"""Error translation: what DuckDB raises, turned into our errors.

The border is here and nowhere else. A DuckDB error is judged by its type; where
Arrow's stream reader has swallowed the type, by the kind DuckDB's message opens
with. The only other text read is the tag our compiler puts into `error(…)`:

    <condition>|<node id>[|<name>=<value>…][||<name>=<text, any characters>]
"""

from __future__ import annotations

import re

import duckdb

from unbounded.errors import ExecutionError, InternalError, UnboundedError

__all__ = ["translate_error", "translate_stream_error"]

_TAG = re.compile(
    r"Invalid Input Error: (?P<condition>[A-Z][A-Z0-9_.]*)\|(?P<node>\d+)"
    r"(?:\|(?!\|)(?P<fixed>.*?))?(?:\|\|(?P<free>.*))?",
    re.DOTALL,
)

# First match wins, so subclasses stand before their parents.
_CONDITIONS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.InterruptException, "OPERATION_CANCELED"),
    (duckdb.OutOfMemoryException, "UNABLE_TO_ACQUIRE_MEMORY"),
    (duckdb.OutOfRangeException, "ARITHMETIC_OVERFLOW"),
    (duckdb.ConversionException, "CAST_FAILED"),
    # A time zone that exists nowhere.
    (duckdb.NotImplementedException, "INVALID_DATA"),
    (duckdb.HTTPException, "ENGINE_FILE_FAILED"),
    (duckdb.IOException, "ENGINE_FILE_FAILED"),
    (duckdb.InvalidInputException, "INVALID_DATA"),
)

_KINDS: tuple[tuple[str, type[duckdb.Error]], ...] = (
    ("INTERRUPT Error:", duckdb.InterruptException),
    ("Out of Memory Error:", duckdb.OutOfMemoryException),
    ("Out of Range Error:", duckdb.OutOfRangeException),
    ("Conversion Error:", duckdb.ConversionException),
    ("IO Error:", duckdb.IOException),
    ("Invalid Input Error:", duckdb.InvalidInputException),
)

# The parameter in which Spark names the setting that would have given NULL.
_ANSI_PARAMETERS = {
    "ARITHMETIC_OVERFLOW": "config",
    "CAST_INVALID_INPUT": "ansiConfig",
    "CAST_OVERFLOW": "ansiConfig",
    "DIVIDE_BY_ZERO": "config",
    "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION": "config",
    "REMAINDER_BY_ZERO": "config",
}

_TRY_FUNCTIONS = {"+": "try_add", "-": "try_subtract", "*": "try_multiply"}


def translate_error(error: duckdb.Error) -> UnboundedError:
    """Our error for DuckDB's; the caller raises it `from` the original."""
    return _translate(type(error), str(error))


def translate_stream_error(error: Exception) -> UnboundedError:
    """Our error for one DuckDB raised inside an Arrow stream."""
    text = str(error)
    kinds = (k for prefix, k in _KINDS if text.startswith(prefix))
    return _translate(next(kinds, duckdb.InternalException), text)


def _translate(kind: type[duckdb.Error], text: str) -> UnboundedError:
    if issubclass(kind, duckdb.InvalidInputException):
        tag = _TAG.fullmatch(text)
        if tag is not None:
            return _explained(tag["condition"], _read_parameters(tag))
    for parent, condition in _CONDITIONS:
        if issubclass(kind, parent):
            return _explained(condition, {"message": _first_line(text)})
    # The rest is DuckDB's stack, which the error it is raised from keeps.
    return InternalError("INTERNAL_ERROR", message=text.split("\n", 1)[0])


def _explained(condition: str, parameters: dict[str, str]) -> ExecutionError:
    """The error, with what Spark says of the way round it."""
    setting = _ANSI_PARAMETERS.get(condition)
    if setting is not None:
        parameters[setting] = '"spark.sql.ansi.enabled"'
    if condition == "ARITHMETIC_OVERFLOW":
        parameters["alternative"] = ""
    if condition == "BINARY_ARITHMETIC_OVERFLOW":
        parameters["functionName"] = _TRY_FUNCTIONS.get(parameters["symbol"], "")
    return ExecutionError(condition, **parameters)


def _read_parameters(tag: re.Match[str]) -> dict[str, str]:
    pairs = tag["fixed"].split("|") if tag["fixed"] else []
    if tag["free"]:
        pairs.append(tag["free"])
    parted = (pair.partition("=") for pair in pairs)
    return {name: value for name, _, value in parted}


def _first_line(text: str) -> str:
    """The sentence of a DuckDB message, without its kind and the SQL it quotes."""
    line = text.split("\n", 1)[0]
    return line.split(": ", 1)[-1]
