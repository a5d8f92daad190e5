"""Values as text: what `CAST(x AS STRING)` gives, and what `df.show` prints.

The two differ where Spark's `ToPrettyString` does: `show` prints NULL for a null
column and binaries as hexadecimal; inside arrays, maps and structs a cast
writes `null`, `show` writes `NULL`.
"""

from __future__ import annotations

from unbounded.compiler.context import CompileContext
from unbounded.compiler.output import interval_months, interval_us
from unbounded.compiler.sql_text import let
from unbounded.compiler.zones import local_of
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DoubleType,
    FloatType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
    quote_name,
)

__all__ = ["shown_sql", "text_sql"]


def text_sql(
    sql: str, data_type: DataType, context: CompileContext, *, is_shown: bool = False
) -> str:
    """`sql` as `CAST(… AS STRING)` writes it; null stays null."""
    return _text(sql, data_type, context, is_shown, 0)


def shown_sql(sql: str, data_type: DataType, context: CompileContext) -> str:
    """`sql` as a cell of `df.show`: never null."""
    if isinstance(data_type, NullType):
        return "'NULL'"
    return f"coalesce({text_sql(sql, data_type, context, is_shown=True)}, 'NULL')"


def _text(
    sql: str, data_type: DataType, context: CompileContext, is_shown: bool, depth: int
) -> str:
    match data_type:
        case StringType():
            return sql
        case BooleanType():
            return f"CAST({sql} AS VARCHAR)"
        case DoubleType() | FloatType():
            name = (
                "spark_double_text" if data_type == DoubleType() else "spark_float_text"
            )
            return let(sql, f"number_{depth}", lambda x: f"{name}({x})")
        case DateType():
            return let(sql, f"date_{depth}", lambda x: f"spark_date_text({x})")
        case TimestampType():
            local = local_of(sql, context.time_zone)
            return let(local, f"time_{depth}", lambda x: f"spark_time_text({x})")
        case TimestampNTZType():
            return let(sql, f"time_{depth}", lambda x: f"spark_time_text({x})")
        case BinaryType():
            if is_shown:
                return let(sql, f"bytes_{depth}", lambda x: f"spark_bytes_text({x})")
            return let(sql, f"bytes_{depth}", lambda x: f"spark_text_of_bytes({x})")
        case DayTimeIntervalType():
            return let(
                interval_us(sql), f"us_{depth}", lambda x: f"spark_interval_text({x})"
            )
        case YearMonthIntervalType():
            return let(
                interval_months(sql),
                f"months_{depth}",
                lambda x: f"spark_months_text({x})",
            )
        case NullType():
            return "CAST(NULL AS VARCHAR)"
        case ArrayType() | MapType() | StructType():
            return let(
                sql,
                f"nested_{depth}",
                lambda x: _nested_text(x, data_type, context, is_shown, depth),
            )
    return f"CAST({sql} AS VARCHAR)"


def _nested_text(
    sql: str, data_type: DataType, context: CompileContext, is_shown: bool, depth: int
) -> str:
    null = "'NULL'" if is_shown else "'null'"
    item = f'"item_{depth}"'

    def part(value: str, kind: DataType) -> str:
        text = _text(value, kind, context, is_shown, depth + 1)
        return null if isinstance(kind, NullType) else f"coalesce({text}, {null})"

    match data_type:
        case ArrayType(element, _):
            items = f"list_transform({sql}, lambda {item}: {part(item, element)})"
            return f"'[' || array_to_string({items}, ', ') || ']'"
        case MapType(key, value, _):
            left, right = part(f"{item}.key", key), part(f"{item}.value", value)
            pair = f"{left} || ' -> ' || {right}"
            pairs = f"list_transform(map_entries({sql}), lambda {item}: {pair})"
            return f"'{{' || array_to_string({pairs}, ', ') || '}}'"
        case StructType(fields):
            parts = [part(f"{sql}.{quote_name(f.name)}", f.data_type) for f in fields]
            inner = " || ', ' || ".join(parts) or "''"
            return f"CASE WHEN {sql} IS NOT NULL THEN '{{' || {inner} || '}}' END"
    raise TypeError(f"{data_type} is not nested")
