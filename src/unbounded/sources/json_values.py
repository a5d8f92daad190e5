"""JSON values: the text of a JSON token converted to a Spark type, in SQL.

Spark's `JacksonParser` decides by kind of token: a BIGINT is read from a whole
number and from nothing else, so `1.7`, `"12"` and `true` are bad values; a
timestamp from a string, or from a whole number as seconds. DuckDB's own casts
take all of these.

`convert` gives the value, NULL for a bad one; `is_bad` tells a bad value from a
null. A bad field leaves the rest of its struct, a bad element makes the whole
array or map bad. Both take SQL that yields JSON text, NULL for JSON's null, and
use it several times; DuckDB computes equal parts once.
"""

from __future__ import annotations

from dataclasses import dataclass

from unbounded.errors import UnsupportedError
from unbounded.sources.datetime_text import (
    date_from_pattern,
    date_from_text,
    timestamp_from_pattern,
    timestamp_from_text,
    timestamp_ntz_from_pattern,
    timestamp_ntz_from_text,
)
from unbounded.sources.options import quote_text
from unbounded.types import (
    ArrayType,
    AtomicType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    duckdb_type,
    quote_name,
)

__all__ = ["TokenRules", "convert", "is_bad"]

_SPECIAL_NUMBERS = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "+Infinity": "Infinity",
    "+INF": "Infinity",
    "-Infinity": "-Infinity",
    "-INF": "-Infinity",
}
_DECIMAL = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What the reader's options say of tokens.

    Args:
        keeps_numbers: a number's text is as written; else DuckDB has rewritten it,
            and a value that would suffer from that is refused with SOURCE_REREAD.
    """

    time_zone: str
    timestamp_format: str | None = None
    timestamp_ntz_format: str | None = None
    date_format: str | None = None
    keeps_numbers: bool = False


def convert(token: str, data_type: DataType, rules: TokenRules) -> str:
    """SQL for the value of a token; NULL for a bad one."""
    match data_type:
        case StructType():
            return _to_struct(token, data_type, rules)
        case ArrayType(element_type, _):
            return _to_array(token, element_type, rules)
        case MapType(key_type, value_type, _):
            return _to_map(token, key_type, value_type, rules)
        case DecimalType():
            return _to_decimal(token, data_type, rules)
        case AtomicType():
            return _to_atomic(token, data_type, rules)
    raise _no_reader(data_type)


def is_bad(token: str, data_type: DataType, rules: TokenRules) -> str:
    """SQL for whether a token is no value of the type; false for null."""
    unread = f"({token} IS NOT NULL AND {convert(token, data_type, rules)} IS NULL)"
    match data_type:
        case StructType(fields) if fields:
            parts = [is_bad(_member(token, f), f.data_type, rules) for f in fields]
            return f"({' OR '.join([unread, *parts])})"
        case ArrayType(element_type, _) if isinstance(element_type, StructType):
            name = _variable(token)
            bad = is_bad(_nullable(name), element_type, rules)
            each = f"list_transform({_elements(token)}, lambda {name}: {bad})"
            return f"({unread} OR coalesce(list_bool_or({each}), false))"
    return unread


def _is_string(token: str) -> str:
    return f"starts_with({token}, '\"')"


def _string(token: str) -> str:
    return f"({token}->>'$')"


def _is_whole(token: str) -> str:
    return f"regexp_full_match({token}, '-?[0-9]+')"


def _to_atomic(token: str, data_type: AtomicType, rules: TokenRules) -> str:
    match data_type:
        case StringType():
            return _to_string(token, rules)
        case ByteType():
            whole = (
                f"CASE WHEN {_is_whole(token)} THEN TRY_CAST({token} AS SMALLINT) END"
            )
            # Jackson lets a byte have eight bits without a sign, too.
            is_unsigned = f"{whole} BETWEEN 128 AND 255"
            wrapped = f"CASE WHEN {is_unsigned} THEN {whole} - 256 ELSE {whole} END"
            return f"TRY_CAST({wrapped} AS TINYINT)"
        case ShortType() | IntegerType() | LongType():
            # A cast takes 1.7 for 2 and knows no token but a number; a pattern that
            # tells them apart would cost more than the rest of the column.
            name = data_type.duckdb_name
            fraction = " OR ".join(f"contains({token}, '{c}')" for c in ".eE")
            return (
                f"CASE WHEN {fraction} THEN NULL ELSE TRY_CAST({token} AS {name}) END"
            )
        case FloatType() | DoubleType():
            return _to_floating(token, data_type.duckdb_name)
        case BooleanType():
            return f"CASE {token} WHEN 'true' THEN true WHEN 'false' THEN false END"
        case BinaryType():
            text = _string(token)
            return (
                f"CASE WHEN {_is_string(token)} AND "
                f"regexp_full_match({text}, {quote_text(_BASE64)}) "
                f"THEN from_base64({text}) END"
            )
        case DateType() | TimestampType() | TimestampNTZType():
            return _to_datetime(token, data_type, rules)
        case NullType():
            return "CAST(NULL AS INTEGER)"
    raise _no_reader(data_type)


def _to_string(token: str, rules: TokenRules) -> str:
    text = f"CASE WHEN {_is_string(token)} THEN {_string(token)} "
    if not rules.keeps_numbers:
        rewritten = f"regexp_full_match({token}, '-?[0-9].*[.eE].*')"
        text += f"WHEN {rewritten} THEN error('SOURCE_REREAD|0') "
    return text + f"ELSE CAST({token} AS VARCHAR) END"


def _to_floating(token: str, type_name: str) -> str:
    special = " ".join(
        f"WHEN '\"{text}\"' THEN '{value}'" for text, value in _SPECIAL_NUMBERS.items()
    )
    bare = " ".join(f"WHEN '{sign}INF' THEN '{sign}Infinity'" for sign in "+-")
    return (
        # As a whole number, which it is to Jackson, minus nought has no sign.
        f"coalesce(TRY_CAST(nullif({token}, '-0') AS {type_name}), "
        f"CAST(CASE {token} {special} {bare} WHEN '-0' THEN '0' END AS {type_name}))"
    )


def _to_decimal(token: str, data_type: DecimalType, rules: TokenRules) -> str:
    name = duckdb_type(data_type)
    text = f"replace({_string(token)}, ',', '')"
    number = f"TRY_CAST({token} AS {name})"
    # Shortest texts of doubles hold fifteen digits without loss.
    if data_type.precision > 15 and not rules.keeps_numbers:
        rewritten = f"regexp_full_match({token}, '-?[0-9].*[.eE].*')"
        number = (
            f"CASE WHEN {rewritten} THEN error('SOURCE_REREAD|0') ELSE {number} END"
        )
    return (
        f"CASE WHEN NOT {_is_string(token)} THEN {number} "
        f"WHEN regexp_full_match({text}, '{_DECIMAL}') "
        f"THEN TRY_CAST({text} AS {name}) END"
    )


def _to_datetime(token: str, data_type: AtomicType, rules: TokenRules) -> str:
    if isinstance(data_type, DateType):
        value = _to_date(_string(token), rules)
        return f"CASE WHEN {_is_string(token)} THEN {value} END"
    if isinstance(data_type, TimestampNTZType):
        pattern = rules.timestamp_ntz_format
        text = _string(token)
        value = (
            timestamp_ntz_from_text(text)
            if pattern is None
            else timestamp_ntz_from_pattern(text, pattern)
        )
        return f"CASE WHEN {_is_string(token)} THEN {value} END"
    return _to_timestamp(token, rules)


def _to_date(text: str, rules: TokenRules) -> str:
    if rules.date_format is not None:
        return date_from_pattern(text, rules.date_format)
    # As old versions wrote dates: days since 1970.
    days = f"TRY_CAST({text} AS INTEGER)"
    whole = f"regexp_full_match({text}, '[+-]?(?:[0-9]{{1,3}}|[0-9]{{8}})')"
    return (
        f"CASE WHEN {whole} THEN DATE '1970-01-01' + {days} "
        f"ELSE {date_from_text(text)} END"
    )


def _to_timestamp(token: str, rules: TokenRules) -> str:
    if rules.timestamp_format is not None:
        text = _string(token)
        value = timestamp_from_pattern(text, rules.timestamp_format, rules.time_zone)
    else:
        # No escape is part of a time; cutting the quotes off is cheaper than parsing.
        value = timestamp_from_text(f"({token})[2:-2]", rules.time_zone)
    seconds = f"TRY_CAST({token} AS BIGINT)"
    in_range = f"{seconds} BETWEEN -9223372022400 AND 9223372036854"
    return (
        f"CASE WHEN {_is_string(token)} THEN {value} "
        f"WHEN {_is_whole(token)} AND {in_range} "
        f"THEN make_timestamptz({seconds} * 1000000) END"
    )


def _member(token: str, field: StructField) -> str:
    key = field.name.replace("\\", "\\\\").replace('"', '\\"')
    path = quote_text('$."' + key + '"')
    return _nullable(f"({token}->{path})")


def _nullable(token: str) -> str:
    return f"nullif(CAST({token} AS VARCHAR), 'null')"


def _elements(token: str) -> str:
    return f"json_extract({token}, '$[*]')"


def _members(token: str) -> str:
    return f"json_extract({token}, '$.*')"


def _variable(token: str) -> str:
    """A lambda's parameter that no expression around it uses."""
    names = (f"e{number}" for number in range(99))
    return next(name for name in names if f"({name} " not in token)


def _to_struct(token: str, data_type: StructType, rules: TokenRules) -> str:
    parts = ", ".join(
        f"{quote_name(f.name)} := "
        f"CAST({convert(_member(token, f), f.data_type, rules)} "
        f"AS {duckdb_type(f.data_type)})"
        for f in data_type.fields
    )
    return f"CASE WHEN starts_with({token}, '{{') THEN struct_pack({parts}) END"


def _to_array(token: str, element_type: DataType, rules: TokenRules) -> str:
    value, any_bad = _items(token, _elements(token), element_type, rules)
    return f"CASE WHEN starts_with({token}, '[') AND NOT {any_bad} THEN {value} END"


def _to_map(
    token: str, key_type: DataType, value_type: DataType, rules: TokenRules
) -> str:
    if not isinstance(key_type, StringType):
        raise _no_reader(MapType(key_type, value_type))
    values, any_bad = _items(token, _members(token), value_type, rules)
    keys = f"json_keys({token})"
    # Of equal keys the last one counts, in the place of the first.
    name = _variable(token)
    first = f"list_filter({keys}, lambda {name}, i: list_position({keys}, {name}) = i)"
    last = (
        f"list_transform({first}, lambda {name}: "
        f"list_reverse({values})[list_position(list_reverse({keys}), {name})])"
    )
    return (
        f"CASE WHEN NOT starts_with({token}, '{{') OR {any_bad} THEN NULL "
        f"WHEN len(list_distinct({keys})) = len({keys}) THEN map({keys}, {values}) "
        f"ELSE map({first}, {last}) END"
    )


def _items(
    token: str, listed: str, item_type: DataType, rules: TokenRules
) -> tuple[str, str]:
    """SQL for the converted items of a container, and for whether one is bad."""
    name = _variable(token)
    item = _nullable(name)
    value = f"CAST({convert(item, item_type, rules)} AS {duckdb_type(item_type)})"
    unread = f"({item} IS NOT NULL AND {value} IS NULL)"
    any_bad = f"list_bool_or(list_transform({listed}, lambda {name}: {unread}))"
    values = f"list_transform({listed}, lambda {name}: {value})"
    return values, f"coalesce({any_bad}, false)"


def _no_reader(data_type: DataType) -> UnsupportedError:
    return UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"reading {data_type.simple_string} from JSON",
        advice="Read the column as a string and convert it.",
    )
