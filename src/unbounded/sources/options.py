"""Options: what a user asks of a reader or writer, and what is made of it.

Keys come in lower case. A format lists the options it honours and those it knows
but has not: the latter are refused by name unless they ask for Spark's default.
Options unknown to Spark are ignored, as Spark does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from unbounded.conf import is_time_zone
from unbounded.errors import ExecutionError, IllegalArgumentError, UnsupportedError
from unbounded.sources.file_text import check_encoding

__all__ = [
    "boolean_option",
    "character_option",
    "check_options",
    "check_positive",
    "check_text_options",
    "check_whole",
    "encoding_option",
    "positive_option",
    "quote_text",
]

# An offset in place of a region: +02:00, GMT-5.
_OFFSET = re.compile(r"(UTC|GMT|UT)?[+-]\d.*|Z")


def quote_text(text: str) -> str:
    """`text` as a DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def boolean_option(options: Mapping[str, str], key: str, default: bool) -> bool:
    """The option as true or false.

    Raises:
        IllegalArgumentError: it is neither.
    """
    text = options.get(key)
    if text is None:
        return default
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
    raise IllegalArgumentError(
        "INVALID_OPTION_VALUE", option=key, value=text, expected="true or false"
    )


def positive_option(options: Mapping[str, str], key: str) -> int | None:
    """The option as a whole number above zero; None if not given.

    Raises:
        IllegalArgumentError: it is not one.
    """
    text = options.get(key)
    if text is None:
        return None
    if not text.strip().isdecimal() or int(text) == 0:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option=key,
            value=text,
            expected="a whole number above zero",
        )
    return int(text)


def check_whole(options: Mapping[str, str], name: str, default: int) -> int:
    """The option of that name as a whole number from 0 that a bigint holds.

    Raises:
        IllegalArgumentError: it is none.
    """
    text = options.get(name.lower(), str(default)).strip()
    if not text.isdecimal() or int(text) >= 2**63:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option=name,
            value=text,
            expected="a whole number from 0",
        )
    return int(text)


def check_positive(options: Mapping[str, str], name: str, default: int) -> int:
    """As `check_whole`, and above 0; a default of 0 demands that it is given.

    Raises:
        IllegalArgumentError: it is none.
    """
    number = check_whole(options, name, default)
    if number == 0:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option=name,
            value=number,
            expected="a whole number above zero",
        )
    return number


def check_options(
    format_name: str, options: Mapping[str, str], refused: Mapping[str, str]
) -> None:
    """Refuse the options this engine can't honour.

    Args:
        refused: Spark's default of each; a value equal to it changes nothing.

    Raises:
        UnsupportedError: one is given with another value.
    """
    for key in sorted(refused.keys() & options.keys()):
        if options[key].strip().lower() != refused[key]:
            raise UnsupportedError(
                "UNSUPPORTED_FEATURE",
                feature=f"option {key}={options[key]} of the {format_name} format",
                advice="Leave the option out.",
            )


def check_text_options(options: Mapping[str, str]) -> None:
    """Refuse a line separator or time zone that can't be one.

    Raises:
        IllegalArgumentError: one of them is none.
    """
    if options.get("linesep") == "":
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="lineSep",
            value="",
            expected="at least one character",
        )
    zone = options.get("timezone")
    if zone and not (is_time_zone(zone) or _OFFSET.fullmatch(zone)):
        raise IllegalArgumentError("INVALID_TIMEZONE", timeZone=zone)


def encoding_option(options: Mapping[str, str]) -> str:
    """The encoding of the files, as Python calls it.

    Raises:
        IllegalArgumentError: there is none of that name.
    """
    return check_encoding(options.get("encoding", options.get("charset", "utf-8")))


def character_option(options: Mapping[str, str], key: str, default: str) -> str:
    """The option as one character, or as none.

    Raises:
        ExecutionError: it is longer, refused as by Spark when the rows are read.
    """
    text = options.get(key, default)
    if len(text) > 1:
        raise ExecutionError(
            "OPTION_VALUE_EXCEEDS_ONE_CHARACTER", paramName=key, actualValue=text
        )
    return text
