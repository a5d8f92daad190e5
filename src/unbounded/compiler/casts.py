"""Casts: values of one type as another, by Spark's ANSI rules.

Every cast is written first as a *try*: SQL that is null where the value has no
counterpart. `TRY_CAST` is that; ANSI `CAST` adds a check that raises when the
try is null and the value is not.

    CAST(x AS INT), x DOUBLE:
    coalesce(TRY_CAST(trunc(x) AS INTEGER), CASE WHEN x IS NOT NULL THEN error(…) END)
"""

from __future__ import annotations

from unbounded.compiler.cast_text import text_sql
from unbounded.compiler.cast_times import cast_time, time_from_text
from unbounded.compiler.context import CompileContext
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.sql_text import fail, let
from unbounded.plan.expressions import EvalMode
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DayTimeIntervalType,
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
    YearMonthIntervalType,
    duckdb_type,
    quote_name,
)

__all__ = ["cast_sql"]

_INTEGRAL = (ByteType, ShortType, IntegerType, LongType)
_FLOATING = (FloatType, DoubleType)
_NUMERIC = (*_INTEGRAL, *_FLOATING, DecimalType)
_BINARY = tuple(kind() for kind in (*_INTEGRAL, *_FLOATING))
_TIMES = (DateType, TimestampType, TimestampNTZType)
_INTERVALS = (DayTimeIntervalType, YearMonthIntervalType)
_WIDTH = {ByteType: 1, ShortType: 2, IntegerType: 4, LongType: 8}

_BLANK = r"[\x00-\x20]*"
_INTEGER_TEXT = f"^{_BLANK}([+-]?[0-9]+){_BLANK}$"
_DECIMAL_TEXT = (
    f"^{_BLANK}([+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?){_BLANK}$"
)
_FLOAT_TEXT = (
    f"^{_BLANK}([+-]?(?:(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?"
    f"|(?i:inf|infinity|nan)))[fFdD]?{_BLANK}$"
)


def cast_sql(
    sql: str,
    source: DataType,
    target: DataType,
    mode: EvalMode,
    context: CompileContext,
) -> str:
    """`sql`, of type `source`, as `target`."""
    if source == target:
        return sql
    if isinstance(source, NullType):
        # Not simply NULL: the term may be a call that raises.
        is_nested = isinstance(target, (ArrayType, MapType, StructType, BinaryType))
        return f"CAST({'NULL' if is_nested else sql} AS {duckdb_type(target)})"
    if isinstance(target, StringType):
        return text_sql(sql, source, context)
    if isinstance(target, (ArrayType, MapType, StructType)):
        return _cast_nested(sql, source, target, mode, context)
    return let(
        sql, "cast", lambda value: _cast_atom(value, source, target, mode, context)
    )


def _cast_atom(
    value: str,
    source: DataType,
    target: DataType,
    mode: EvalMode,
    context: CompileContext,
) -> str:
    certain = _certain_cast(value, source, target, context)
    if certain is not None:
        return certain
    if mode == "LEGACY" and isinstance(target, _INTEGRAL) and source in _BINARY:
        return _java_narrowed(value, source, target)
    attempt = _attempt(value, source, target, mode, context)
    if mode != "ANSI":
        return attempt
    raised = _failure(value, source, target, context)
    return f"coalesce({attempt}, CASE WHEN {value} IS NOT NULL THEN {raised} END)"


def _certain_cast(
    value: str, source: DataType, target: DataType, context: CompileContext
) -> str | None:
    """A cast that has an answer for every value; None for other casts."""
    plain = f"CAST({value} AS {duckdb_type(target)})"
    match source, target:
        case BooleanType(), _ if isinstance(target, _NUMERIC):
            return plain
        case _, BooleanType() if isinstance(source, _NUMERIC):
            return f"({value} <> 0)"
        case _, FloatType() if isinstance(source, DoubleType):
            return f"spark_to_float({value})"
        case _, FloatType() | DoubleType() if isinstance(source, _NUMERIC):
            return plain
        case StringType(), BinaryType():
            return f"encode({value})"
        case _, BinaryType() if isinstance(source, _INTEGRAL):
            width = _WIDTH[type(source)] * 2
            return f"unhex(right(printf('%016x', CAST({value} AS BIGINT)), {width}))"
    if isinstance(source, _INTEGRAL) and isinstance(target, _INTEGRAL):
        return plain if _WIDTH[type(target)] > _WIDTH[type(source)] else None
    if isinstance(source, _TIMES) and isinstance(target, _TIMES):
        return cast_time(value, source, target, context)
    if isinstance(source, _INTEGRAL) and isinstance(target, TimestampType):
        return f"make_timestamptz(CAST({value} AS BIGINT) * 1000000)"
    return None


def _attempt(
    value: str,
    source: DataType,
    target: DataType,
    mode: EvalMode,
    context: CompileContext,
) -> str:
    """The cast, null where the value has no counterpart."""
    kind = duckdb_type(target)
    if isinstance(source, StringType):
        return _attempt_from_text(value, target, mode, context)
    if isinstance(target, _INTEGRAL):
        return f"TRY_CAST({_whole(value, source)} AS {kind})"
    if isinstance(target, DecimalType):
        if isinstance(source, _FLOATING):
            # Through its digits: 1.005 is 1.01 in two places, as Java has it.
            return f"TRY_CAST(CAST({value} AS VARCHAR) AS {kind})"
        return f"TRY_CAST({_number_of(value, source)} AS {kind})"
    if isinstance(target, TimestampType):
        return f"make_timestamptz(TRY_CAST(trunc({value} * 1000000) AS BIGINT))"
    if isinstance(target, DayTimeIntervalType):
        return f"to_microseconds(CAST(round({value} * 1000000) AS BIGINT))"
    if isinstance(target, YearMonthIntervalType):
        return f"to_months(CAST({value} AS INTEGER))"
    return f"TRY_CAST({_number_of(value, source)} AS {kind})"


def _java_narrowed(value: str, source: DataType, target: DataType) -> str:
    """As Java narrows: low bits of a whole number, the nearest of a float.

    A float becomes a BYTE or SHORT by way of an INT.
    """
    if not isinstance(source, _FLOATING):
        return _low_bits(value, target)
    wide = target if isinstance(target, LongType) else IntegerType()
    half = 1 << (8 * _width(wide) - 1)

    def nearest(number: str) -> str:
        return (
            f"CASE WHEN isnan({number}) THEN 0 WHEN {number} >= {half}.0 "
            f"THEN {half - 1} WHEN {number} < -{half}.0 THEN -{half - 1} - 1 "
            f"ELSE CAST(trunc({number}) AS {duckdb_type(wide)}) END"
        )

    whole = f"CAST({let(value, 'float', nearest)} AS {duckdb_type(wide)})"
    return whole if wide == target else _low_bits(whole, target)


def _width(data_type: DataType) -> int:
    """Bytes of a whole number's type."""
    return next(n for kind, n in _WIDTH.items() if isinstance(data_type, kind))


def _low_bits(value: str, target: DataType) -> str:
    """The low bits of a whole number, as a signed one."""
    size = 1 << (8 * _width(target))
    if isinstance(target, LongType):
        return value
    moved = f"(CAST({value} AS HUGEINT) + {size // 2})"
    return (
        f"CAST((({moved} % {size}) + {size}) % {size} - {size // 2} "
        f"AS {duckdb_type(target)})"
    )


def _whole(value: str, source: DataType) -> str:
    """The number without its fraction, towards zero; of a time, its seconds."""
    if isinstance(source, TimestampType):
        return f"spark_floor_div(epoch_us({value}), 1000000)"
    if isinstance(source, DayTimeIntervalType):
        return f"trunc({interval_us(value)} / 1000000)"
    if isinstance(source, YearMonthIntervalType):
        return interval_months(value)
    return value if isinstance(source, _INTEGRAL) else f"trunc({value})"


def _number_of(value: str, source: DataType) -> str:
    if isinstance(source, TimestampType):
        return f"(epoch_us({value}) / 1000000)"
    if isinstance(source, DayTimeIntervalType):
        return f"({interval_us(value)} / 1000000)"
    if isinstance(source, YearMonthIntervalType):
        return interval_months(value)
    return value


def _attempt_from_text(
    value: str, target: DataType, mode: EvalMode, context: CompileContext
) -> str:
    kind = duckdb_type(target)
    if isinstance(target, _INTEGRAL):
        if mode == "LEGACY":
            number = f"regexp_extract({value}, '{_DECIMAL_TEXT}', 1)"
            return f"TRY_CAST(trunc(TRY_CAST({number} AS DECIMAL(38,9))) AS {kind})"
        return f"TRY_CAST(regexp_extract({value}, '{_INTEGER_TEXT}', 1) AS {kind})"
    if isinstance(target, _FLOATING):
        return f"TRY_CAST(regexp_extract({value}, '{_FLOAT_TEXT}', 1) AS {kind})"
    if isinstance(target, DecimalType):
        return f"TRY_CAST(regexp_extract({value}, '{_DECIMAL_TEXT}', 1) AS {kind})"
    if isinstance(target, BooleanType):
        return f"spark_to_boolean({value})"
    return time_from_text(value, target, context)


def _failure(
    value: str, source: DataType, target: DataType, context: CompileContext
) -> str:
    """SQL that raises what Spark raises for a value that can't be cast."""
    shown = text_sql(value, source, context)
    if isinstance(target, DecimalType):
        overflow = fail(
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
            precision=str(target.precision),
            scale=str(target.scale),
            free=f"value={shown}",
        )
        if not isinstance(source, StringType):
            return overflow
        invalid = _invalid_input(shown, source, target)
        is_number = f"regexp_matches({value}, '{_DECIMAL_TEXT}')"
        return f"CASE WHEN {is_number} THEN {overflow} ELSE {invalid} END"
    if isinstance(source, StringType):
        return _invalid_input(shown, source, target)
    return fail(
        "CAST_OVERFLOW",
        sourceType=source.sql,
        targetType=target.sql,
        free=f"value={shown}",
    )


def _invalid_input(shown: str, source: DataType, target: DataType) -> str:
    return fail(
        "CAST_INVALID_INPUT",
        sourceType=source.sql,
        targetType=target.sql,
        free=f"expression={shown}",
    )


# --- nested -----------------------------------------------------------------


def _cast_nested(
    sql: str,
    source: DataType,
    target: DataType,
    mode: EvalMode,
    context: CompileContext,
) -> str:
    match source, target:
        case ArrayType(from_type, _), ArrayType(to_type, _):
            item = cast_sql('"item"', from_type, to_type, mode, context)
            made = f'list_transform({sql}, lambda "item": {item})'
            return f"CAST({made} AS {duckdb_type(target)})"
        case MapType(), MapType():
            key = cast_sql(
                '"entry".key', source.key_type, target.key_type, mode, context
            )
            value = cast_sql(
                '"entry".value', source.value_type, target.value_type, mode, context
            )
            entry = f"struct_pack(key := {key}, value := {value})"
            entries = f'list_transform(map_entries({sql}), lambda "entry": {entry})'
            return f"CAST(map_from_entries({entries}) AS {duckdb_type(target)})"
        case StructType(from_fields), StructType(to_fields):
            return let(
                sql,
                "struct",
                lambda row: _cast_struct(row, from_fields, to_fields, mode, context),
            )
    raise TypeError(f"no cast from {source} to {target}")


def _cast_struct(
    row: str,
    sources: tuple[StructField, ...],
    targets: tuple[StructField, ...],
    mode: EvalMode,
    context: CompileContext,
) -> str:
    members = ", ".join(
        f"{quote_name(t.name)} := "
        + cast_sql(
            f"{row}.{quote_name(s.name)}", s.data_type, t.data_type, mode, context
        )
        for s, t in zip(sources, targets, strict=True)
    )
    return f"CASE WHEN {row} IS NOT NULL THEN struct_pack({members}) END"
