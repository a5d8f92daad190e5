"""Show string: a table as `DataFrame.show` prints it.

Spark's `Dataset.showString` over `ToPrettyString`: `NULL` for nulls, doubles as
Java prints them, timestamps in the session's time zone, columns as wide as
their widest value, wide East Asian characters counted twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from unbounded import types
from unbounded.plan.relations import ShowString
from unbounded.session.batch import Result

__all__ = ["SHOW_STRING_SCHEMA", "format_cell", "show_result", "show_string"]

SHOW_STRING_SCHEMA = types.StructType(
    (types.StructField("show_string", types.StringType(), False),)
)

_MIN_WIDTH = 3


def show_result(shown: ShowString, result: Result, time_zone: str) -> Result:
    """The one row that `df.show` fetches; `result` may hold a row too many."""
    text = show_string(
        result.table,
        result.schema,
        max(shown.row_count, 0),
        shown.truncate,
        shown.is_vertical,
        time_zone,
    )
    table = pa.table({"show_string": pa.array([text], pa.string())})
    return Result(SHOW_STRING_SCHEMA, table)


def show_string(
    table: pa.Table,
    schema: types.StructType,
    row_count: int,
    truncate: int,
    is_vertical: bool,
    time_zone: str,
) -> str:
    """The text for the first `row_count` rows; `table` may hold one more.

    The one more is how the text knows to say "only showing top".
    """
    has_more = table.num_rows > row_count
    shown = table.slice(0, row_count)
    columns = [
        _cells(column, field.data_type, truncate, time_zone)
        for column, field in zip(shown.columns, schema.fields, strict=True)
    ]
    names = [_truncated(_escaped(name), truncate) for name in schema.names]
    count = min(table.num_rows, row_count)
    rows = list(zip(*columns, strict=True)) if columns else [()] * count
    if is_vertical:
        return _vertical(names, rows, has_more)
    return _grid(names, rows, truncate, has_more)


def _cells(
    column: pa.ChunkedArray, data_type: types.DataType, truncate: int, time_zone: str
) -> list[str]:
    if isinstance(data_type, types.TimestampType):
        column = column.cast(pa.timestamp("us", "UTC"))
    return [
        _truncated(_escaped(format_cell(value, data_type, time_zone)), truncate)
        for value in column.to_pylist()
    ]


def _grid(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    truncate: int,
    has_more: bool,
) -> str:
    widths = [
        max([_MIN_WIDTH, _width(name), *(_width(row[i]) for row in rows)])
        for i, name in enumerate(names)
    ]
    rule = "+" + "+".join("-" * width for width in widths) + "+\n"
    # Spark sets values to the right, but to the left when nothing is cut.
    pad = _pad_left if truncate > 0 else _pad_right

    def line(cells: Iterable[str]) -> str:
        padded = (pad(cell, width) for cell, width in zip(cells, widths, strict=True))
        return "|" + "|".join(padded) + "|\n"

    text = rule + line(names) + rule + "".join(map(line, rows)) + rule
    return text + _footer(len(rows), has_more)


def _vertical(
    names: Sequence[str], rows: Sequence[Sequence[str]], has_more: bool
) -> str:
    if not rows:
        return "(0 rows)"
    name_width = max([_MIN_WIDTH, *(_width(name) for name in names)])
    cell_width = max([_MIN_WIDTH, *(_width(cell) for row in rows for cell in row)])
    lines = []
    for number, row in enumerate(rows):
        header = f"-RECORD {number}"
        lines.append(header.ljust(name_width + cell_width + 5, "-") + "\n")
        for name, cell in zip(names, row, strict=True):
            left = " " + _pad_right(name, name_width)
            lines.append(f"{left} | {_pad_right(cell, cell_width)} \n")
    return "".join(lines) + _footer(len(rows), has_more)


def _footer(row_count: int, has_more: bool) -> str:
    if not has_more:
        return ""
    noun = "row" if row_count == 1 else "rows"
    return f"only showing top {row_count} {noun}"


def _truncated(text: str, truncate: int) -> str:
    if truncate <= 0 or len(text) <= truncate:
        return text
    # Below four characters there is no room for the dots.
    return text[:truncate] if truncate < 4 else text[: truncate - 3] + "..."


def _escaped(text: str) -> str:
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


_ESCAPES = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\f": "\\f",
    "\b": "\\b",
    "\v": "\\v",
    "\a": "\\a",
}


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad_left(text: str, width: int) -> str:
    return " " * (width - _width(text)) + text


def _pad_right(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


# --- one value --------------------------------------------------------------


def format_cell(value: Any, data_type: types.DataType, time_zone: str) -> str:
    """A value as `show` prints it; nested values by their types."""
    if value is None:
        return "NULL"
    match data_type:
        case types.ArrayType(element, _):
            inner = (format_cell(item, element, time_zone) for item in value)
            return f"[{', '.join(inner)}]"
        case types.MapType(key_type, value_type, _):
            pairs = value.items() if isinstance(value, dict) else value
            inner = (
                f"{format_cell(k, key_type, time_zone)} -> "
                f"{format_cell(v, value_type, time_zone)}"
                for k, v in pairs
            )
            return f"{{{', '.join(inner)}}}"
        case types.StructType(fields):
            inner = (
                format_cell(value[field.name], field.data_type, time_zone)
                for field in fields
            )
            return f"{{{', '.join(inner)}}}"
        case types.TimestampType():
            return _timestamp(value.astimezone(ZoneInfo(time_zone)))
    format_value = _FORMATS.get(type(data_type))
    return str(value) if format_value is None else format_value(value)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _double(value: float) -> str:
    """Java's `Double.toString`: plain from 1e-3 up to 1e7, else scientific."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return _java_digits(repr(value), value)


def _float(value: float) -> str:
    """Java's `Float.toString`: the fewest digits that name this float."""
    if value != value or value in (float("inf"), float("-inf")):
        return _double(value)
    import numpy as np

    shortest = np.format_float_scientific(np.float32(value), unique=True, trim="0")
    return _java_digits(shortest, value)


def _java_digits(text: str, value: float) -> str:
    if value == 0:
        return "-0.0" if text.startswith("-") else "0.0"
    if abs(value) == 5e-324:
        # Java names its smallest double by two digits.
        text = text.replace("5e", "4.9e")
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    assert isinstance(exponent, int)
    figures = "".join(map(str, digits))
    point = len(figures) + exponent
    if 1e-3 <= abs(value) < 1e7:
        shown = _plain(figures, point)
    else:
        shown = f"{figures[0]}.{figures[1:] or '0'}E{point - 1}"
    return "-" + shown if sign else shown


def _plain(figures: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + figures
    if point >= len(figures):
        return figures.ljust(point, "0") + ".0"
    return figures[:point] + "." + figures[point:]


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _binary(value: bytes) -> str:
    return "[" + " ".join(f"{byte:02X}" for byte in value) + "]"


def _date(value: date) -> str:
    return value.isoformat()


def _timestamp(value: datetime) -> str:
    text = value.strftime("%H:%M:%S")
    fraction = f"{value.microsecond:06d}".rstrip("0")
    day = f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    return f"{day} {text}" + (f".{fraction}" if fraction else "")


def _day_time(value: timedelta) -> str:
    total = value // timedelta(microseconds=1)
    sign, total = ("-", -total) if total < 0 else ("", total)
    seconds, micros = divmod(total, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    fraction = f"{micros:06d}".rstrip("0")
    tail = f"{hour:02d}:{minute:02d}:{second:02d}" + (
        f".{fraction}" if fraction else ""
    )
    return f"INTERVAL '{sign}{day} {tail}' DAY TO SECOND"


def _year_month(value: int) -> str:
    sign, months = ("-", -value) if value < 0 else ("", value)
    return f"INTERVAL '{sign}{months // 12}-{months % 12}' YEAR TO MONTH"


_FORMATS: dict[type[types.DataType], Callable[[Any], str]] = {
    types.BooleanType: _boolean,
    types.DoubleType: _double,
    types.FloatType: _float,
    types.DecimalType: _decimal,
    types.BinaryType: _binary,
    types.DateType: _date,
    types.TimestampNTZType: _timestamp,
    types.DayTimeIntervalType: _day_time,
    types.YearMonthIntervalType: _year_month,
}
