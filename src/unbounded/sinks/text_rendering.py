"""Text rendering: rows as lines of JSON, CSV and plain text, in SQL.

Each function gives a SELECT over the table `ROWS` with one column `line`, its
line feed included, so that the column's bytes are the file. The texts are
Spark's: times in the session's zone with milliseconds, doubles as Java prints
them (by the macros that the session gives DuckDB), nulls left out of JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unbounded.errors import AnalysisError, UnsupportedError
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
    quote_name,
)

__all__ = [
    "ROWS",
    "TextRules",
    "WriteTime",
    "csv_header",
    "csv_lines",
    "json_lines",
    "partition_texts",
    "text_lines",
    "write_no_time",
]

ROWS = "sink_rows"

_CSV_OPTIONS: Mapping[str, str] = {
    "sep": ",",
    "quote": '"',
    "escape": "\\",
    "nullvalue": "",
    "emptyvalue": '""',
    "quoteall": "false",
    "ignoreleadingwhitespace": "true",
    "ignoretrailingwhitespace": "true",
}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


WriteTime = Callable[[str, DataType, str, str], str]
"""SQL for the text of a time: (value, its type, Java's pattern, zone)."""


def write_no_time(value: str, data_type: DataType, pattern: str, zone: str) -> str:
    """Refuses every pattern: for writers that are never given one."""
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"writing times as {pattern}",
        advice="Write the column as a string, made with date_format.",
    )


@dataclass(frozen=True, slots=True)
class TextRules:
    """How values become text: the options of the writer, and its zone."""

    options: Mapping[str, str]
    time_zone: str
    write_time: WriteTime = write_no_time

    @property
    def zone(self) -> str:
        return self.options.get("timezone", self.time_zone)

    @property
    def keeps_nulls(self) -> bool:
        return self.options.get("ignorenullfields", "true").lower() == "false"

    @property
    def line_end(self) -> str:
        return _literal(self.options.get("linesep", "\n"))

    def pattern(self, data_type: DataType) -> str | None:
        """How the user wants times of a type written, None for Spark's way."""
        option = _PATTERN_OPTIONS.get(type(data_type))
        return None if option is None else self.options.get(option)

    def time(self, value: str, data_type: DataType) -> str:
        """SQL for the text of a date or a timestamp."""
        pattern = self.pattern(data_type)
        if pattern is not None:
            return self.write_time(value, data_type, pattern, self.zone)
        match data_type:
            case TimestampType():
                return _timestamp_text(value, self.zone)
            case TimestampNTZType():
                return f"strftime({value}, '%Y-%m-%dT%H:%M:%S.%g')"
        return f"CAST({value} AS VARCHAR)"


_PATTERN_OPTIONS: Mapping[type[DataType], str] = {
    DateType: "dateformat",
    TimestampType: "timestampformat",
    TimestampNTZType: "timestampntzformat",
}


def json_lines(schema: StructType, rules: TextRules) -> str:
    """A JSON object a line."""
    members = [(f.name, quote_name(f.name), f.data_type) for f in schema.fields]
    text = _json_members(members, rules)
    return f"SELECT {text} || {rules.line_end} AS line FROM {ROWS}"


def _json_members(members: list[tuple[str, str, DataType]], rules: TextRules) -> str:
    parts = []
    for name, value, data_type in members:
        key = f"to_json({_literal(name)})::VARCHAR || ':'"
        text = _json_value(value, data_type, rules)
        text = f"coalesce({text}, 'null')" if rules.keeps_nulls else text
        parts.append(f"{key} || {text}")
    if not parts:
        return "'{}'"
    return f"'{{' || concat_ws(',', {', '.join(parts)}) || '}}'"


def _json_value(value: str, data_type: DataType, rules: TextRules) -> str:
    """SQL for the JSON text of a value; NULL for null."""
    match data_type:
        case StringType():
            return f"CAST(to_json({value}) AS VARCHAR)"
        case DateType() | TimestampType() | TimestampNTZType():
            text = rules.time(value, data_type)
            if rules.pattern(data_type) is not None:
                return f"CAST(to_json({text}) AS VARCHAR)"
            return f"'\"' || {text} || '\"'"
        case BinaryType():
            return f"'\"' || {_plain_text(value, data_type, rules)} || '\"'"
        case DoubleType() | FloatType():
            text = _plain_text(value, data_type, rules)
            quoted = f"'\"' || {text} || '\"'"
            return f"CASE WHEN isfinite({value}) THEN {text} ELSE {quoted} END"
        case ArrayType(element, _):
            item = _json_value("e", element, rules)
            return _joined(
                f"list_transform({value}, lambda e: coalesce({item}, 'null'))",
                "[]",
                value,
            )
        case MapType(key_type, value_type, _):
            key = f"to_json({_plain_text('e.key', key_type, rules)})::VARCHAR"
            item = _json_value("e.value", value_type, rules)
            entry = f"{key} || ':' || coalesce({item}, 'null')"
            return _joined(
                f"list_transform(map_entries({value}), lambda e: {entry})", "{}", value
            )
        case StructType(fields):
            members = [
                (f.name, f"({value}).{quote_name(f.name)}", f.data_type) for f in fields
            ]
            text = _json_members(members, rules)
            return f"CASE WHEN {value} IS NOT NULL THEN {text} END"
    return _plain_text(value, data_type, rules)


def _joined(texts: str, brackets: str, value: str) -> str:
    begin, end = brackets[0], brackets[1]
    return (
        f"CASE WHEN {value} IS NOT NULL THEN '{begin}' || "
        f"coalesce(array_to_string({texts}, ','), '') || '{end}' END"
    )


def _plain_text(value: str, data_type: DataType, rules: TextRules) -> str:
    """SQL for the text of an atomic value; NULL for null."""
    match data_type:
        case StringType():
            return value
        case DoubleType():
            return f"spark_double_text({value})"
        case FloatType():
            return f"spark_float_text({value})"
        case BinaryType():
            return f"to_base64({value})"
        case TimestampType() | TimestampNTZType() | DateType():
            return rules.time(value, data_type)
        case (
            BooleanType()
            | ByteType()
            | ShortType()
            | IntegerType()
            | LongType()
            | DecimalType()
            | NullType()
        ):
            return f"CAST({value} AS VARCHAR)"
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"writing {data_type.simple_string} as text",
        advice="Cast the column to a string first.",
    )


def _timestamp_text(value: str, zone: str) -> str:
    """`2020-01-01T00:00:00.123-05:00`; the offset is `Z` for none."""
    if zone.upper() in {"UTC", "Z", "GMT", "ETC/UTC"}:
        return f"strftime(make_timestamp(epoch_us({value})), '%Y-%m-%dT%H:%M:%S.%gZ')"
    # A parameter hides a column of its name, so these are names that no one gives.
    local = f"timezone({_literal(zone)}, {value})"
    offset = f"((epoch_us(__local) - epoch_us({value})) // 1000000)"
    sign = "CASE WHEN __offset < 0 THEN '-' ELSE '+' END"
    digits = "printf('%02d:%02d', abs(__offset) // 3600, abs(__offset) // 60 % 60)"
    seconds = "printf(':%02d', abs(__offset) % 60)"
    seconds = f"CASE WHEN __offset % 60 = 0 THEN '' ELSE {seconds} END"
    text = f"{sign} || {digits} || {seconds}"
    shown = f"CASE WHEN __offset = 0 THEN 'Z' ELSE {text} END"
    clock = "strftime(__local, '%Y-%m-%dT%H:%M:%S.%g')"
    suffix = f"list_transform([{offset}], lambda __offset: {shown})[1]"
    return f"list_transform([{local}], lambda __local: {clock} || {suffix})[1]"


def csv_header(schema: StructType, options: Mapping[str, str]) -> str:
    """The line of column names."""
    settings = _csv_settings(options)
    end = options.get("linesep", "\n")
    names = (
        _quoted_name(name, settings) if _needs_quotes(name, settings) else name
        for name in schema.names
    )
    return settings["sep"].join(names) + end


def _needs_quotes(name: str, settings: Mapping[str, str]) -> bool:
    marks = (settings["sep"], settings["quote"], "\n", "\r")
    return settings["quoteall"] == "true" or any(m and m in name for m in marks)


def _quoted_name(name: str, settings: Mapping[str, str]) -> str:
    quote, escape = settings["quote"], settings["escape"]
    inner = name.replace(escape, escape * 2).replace(quote, escape + quote)
    return f"{quote}{inner}{quote}"


def csv_lines(schema: StructType, rules: TextRules) -> str:
    """Values apart by `sep`, quoted where they must be.

    Raises:
        AnalysisError: a column is of a type that a CSV file can't hold.
    """
    settings = _csv_settings(rules.options)
    cells = []
    for field in schema.fields:
        _check_atomic("CSV", field.name, field.data_type)
        text = _csv_text(quote_name(field.name), field.data_type, rules)
        has_pattern = rules.pattern(field.data_type) is not None
        is_text = has_pattern or isinstance(field.data_type, StringType)
        cells.append(_csv_cell(text, settings, is_text))
    separator = _literal(settings["sep"])
    line = f" || {separator} || ".join(cells)
    return f"SELECT {line} || {rules.line_end} AS line FROM {ROWS}"


def _csv_text(value: str, data_type: DataType, rules: TextRules) -> str:
    if isinstance(data_type, BinaryType):
        spaced = f"trim(regexp_replace(hex({value}), '(..)', '\\1 ', 'g'))"
        return f"'[' || {spaced} || ']'"
    return _plain_text(value, data_type, rules)


def _csv_settings(options: Mapping[str, str]) -> dict[str, str]:
    settings = {key: options.get(key, default) for key, default in _CSV_OPTIONS.items()}
    settings["sep"] = options.get("delimiter", settings["sep"])
    settings["quoteall"] = settings["quoteall"].lower()
    return settings


def _csv_cell(text: str, settings: Mapping[str, str], is_text: bool) -> str:
    """SQL for one cell, never NULL."""
    if is_text:
        blanks = "E' \\t\\n\\r\\f\\x0B\\x01'"
        if settings["ignoreleadingwhitespace"].lower() == "true":
            text = f"ltrim({text}, {blanks})"
        if settings["ignoretrailingwhitespace"].lower() == "true":
            text = f"rtrim({text}, {blanks})"
    quote, escape = settings["quote"], settings["escape"]
    if not quote:
        return f"coalesce({text}, {_literal(settings['nullvalue'])})"
    mark, inner = _literal(quote), text
    if escape and escape != quote:
        inner = f"replace({inner}, {_literal(escape)}, {_literal(escape * 2)})"
    inner = f"replace({inner}, {mark}, {_literal((escape or quote) + quote)})"
    quoted = f"{mark} || {inner} || {mark}"
    null, empty = settings["nullvalue"], settings["emptyvalue"]
    if settings["quoteall"] == "true":
        empty = empty if empty == quote * 2 else f"{quote}{empty}{quote}"
        null = f"{quote}{null}{quote}"
        return (
            f"CASE WHEN {text} IS NULL THEN {_literal(null)} "
            f"WHEN {text} = '' THEN {_literal(empty)} ELSE {quoted} END"
        )
    if not is_text:
        return f"coalesce({text}, {_literal(null)})"
    marks = (_literal(settings["sep"]), mark, "chr(10)", "chr(13)")
    needs = " OR ".join(f"contains({text}, {m})" for m in marks)
    return (
        f"CASE WHEN {text} IS NULL THEN {_literal(null)} "
        f"WHEN {text} = '' THEN {_literal(empty)} "
        f"WHEN {needs} THEN {quoted} ELSE {text} END"
    )


def text_lines(schema: StructType, options: Mapping[str, str]) -> str:
    """The one string column, a row a line.

    Raises:
        AnalysisError: there is not exactly one column, of strings.
    """
    for field in schema.fields:
        if not isinstance(field.data_type, StringType):
            raise _wrong_type("Text", field.name, field.data_type)
    if len(schema.fields) != 1:
        raise AnalysisError("TEXT_COLUMN_COUNT", count=len(schema.fields))
    column = quote_name(schema.fields[0].name)
    separator = _literal(options.get("linesep", "\n"))
    return f"SELECT coalesce({column}, '') || {separator} AS line FROM {ROWS}"


def partition_texts(fields: Sequence[StructField], time_zone: str) -> str:
    """Each column as Spark casts it to a string, which is a folder's name then."""
    texts = ", ".join(
        f"{_cast_text(quote_name(f.name), f.data_type, time_zone)}"
        f" AS {quote_name(f.name)}"
        for f in fields
    )
    return f"SELECT {texts} FROM {ROWS}"


def _cast_text(value: str, data_type: DataType, zone: str) -> str:
    match data_type:
        case TimestampType():
            local = f"timezone({_literal(zone)}, {value})"
            return f"rtrim(rtrim(strftime({local}, '%Y-%m-%d %H:%M:%S.%f'), '0'), '.')"
        case TimestampNTZType():
            return f"rtrim(rtrim(strftime({value}, '%Y-%m-%d %H:%M:%S.%f'), '0'), '.')"
        case BinaryType():
            return f"decode({value})"
    return _plain_text(value, data_type, TextRules({}, zone))


def _check_atomic(format_name: str, column: str, data_type: DataType) -> None:
    if not isinstance(data_type, AtomicType | DecimalType):
        raise _wrong_type(format_name, column, data_type)


def _wrong_type(format_name: str, column: str, data_type: DataType) -> AnalysisError:
    return AnalysisError(
        "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
        format=format_name,
        columnName=column,
        columnType=data_type.sql,
    )
