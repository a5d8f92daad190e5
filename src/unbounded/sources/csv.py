r"""CSV files: rows of cells, read as Spark's CSV source reads them.

Each line is cut into cells in SQL: at every separator if the line has no quote,
else by a pattern. A cell counts as quoted only if quotes stand around all of it:

    x,"a,b"       a,b              quoted
    x,"a\"b"      a"b              the escape is for the quote and itself
    x,"a""b"      "a""b"           not quoted, as quotes stand inside
    x,"a          a                left open, up to the end of the line
    x,            null             empty and not quoted
    x,""          emptyValue, which is null if it equals nullValue

A line with too few or too many cells, or with a cell that its column can't hold,
is malformed and follows `mode`; what can be read of it is kept.

With `multiLine` DuckDB's own reader cuts the cells, so quotes may span lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unbounded.errors import AnalysisError, IllegalArgumentError, UnsupportedError
from unbounded.sources.datetime_text import (
    date_from_pattern,
    date_from_text,
    timestamp_from_pattern,
    timestamp_from_text,
    timestamp_ntz_from_pattern,
    timestamp_ntz_from_text,
)
from unbounded.sources.format_options import check_format_options
from unbounded.sources.json import ReadCare, corrupt_column, parse_mode
from unbounded.sources.options import (
    boolean_option,
    character_option,
    check_text_options,
    encoding_option,
    quote_text,
)
from unbounded.sources.text_lines import lines_sql, must_decode, paths_literal
from unbounded.types import (
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
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    duckdb_type,
    quote_name,
)

__all__ = ["CsvRules", "cells_sql", "read_csv_sql"]

_FLOATING = r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?\s*"
_DECIMAL = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


@dataclass(frozen=True, slots=True)
class CsvRules:
    """What the options say of cells."""

    separator: str
    quote: str
    escape: str
    null: str
    empty: str
    comment: str
    has_header: bool
    trims_left: bool
    trims_right: bool
    encoding: str = "utf-8"

    @classmethod
    def of(cls, options: Mapping[str, str]) -> CsvRules:
        """The rules of these options, refusing those this reader has not."""
        check_format_options("csv", options)
        check_text_options(options)
        separator = options.get("sep", options.get("delimiter", ","))
        if not separator:
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="sep",
                value="",
                expected="at least one character",
            )
        return cls(
            separator=separator.replace("\\t", "\t"),
            quote=character_option(options, "quote", '"'),
            escape=character_option(options, "escape", "\\"),
            null=options.get("nullvalue", ""),
            empty=options.get("emptyvalue", ""),
            comment=character_option(options, "comment", ""),
            has_header=boolean_option(options, "header", False),
            trims_left=boolean_option(options, "ignoreleadingwhitespace", False),
            trims_right=boolean_option(options, "ignoretrailingwhitespace", False),
            encoding=encoding_option(options),
        )


def read_csv_sql(
    paths: Sequence[str],
    schema: StructType,
    options: Mapping[str, str],
    time_zone: str,
    care: ReadCare = ReadCare.TEXT,
) -> str:
    """A SELECT of the files' rows, in file order, columns as in `schema`.

    There is one way to read CSV, but for files that are not UTF-8, read by BYTES.

    Raises:
        AnalysisError: a column of a type that CSV can't hold.
        UnsupportedError: an option this reader has not.
    """
    rules = CsvRules.of(options)
    zone = options.get("timezone", time_zone)
    corrupt = corrupt_column(schema, options)
    fields = [f for f in schema.fields if f.name != corrupt]
    if boolean_option(options, "multiline", False):
        rows = _multi_line_sql(paths, len(fields), rules, corrupt)
    else:
        rows = cells_sql(paths, rules, options.get("linesep"), care)
    cells = {f.name: f"cells[{i}]" for i, f in enumerate(fields, 1)}
    values = {f.name: _value(cells[f.name], f, options, zone) for f in fields}
    bad = " OR ".join(
        [
            f"len(cells) <> {len(fields)}",
            *(f"({cells[n]} IS NOT NULL AND {v} IS NULL)" for n, v in values.items()),
        ]
    )
    columns = ", ".join(
        f"CASE WHEN {bad} THEN line END AS {quote_name(f.name)}"
        if f.name == corrupt
        else f"CAST({values[f.name]} AS {duckdb_type(f.data_type)}) "
        f"AS {quote_name(f.name)}"
        for f in schema.fields
    )
    condition = {
        "PERMISSIVE": "",
        "DROPMALFORMED": f" WHERE NOT ({bad})",
        "FAILFAST": f" WHERE CASE WHEN {bad} THEN error(concat("
        "'MALFORMED_RECORD_IN_PARSING|0|badRecord=', line)) ELSE true END",
    }[parse_mode(options)]
    return f"SELECT {columns or '1'} FROM ({rows}){condition}"


def cells_sql(
    paths: Sequence[str],
    rules: CsvRules,
    line_separator: str | None = None,
    care: ReadCare = ReadCare.TEXT,
) -> str:
    """Rows of (line, cells): a list of strings, null cells as NULL."""
    lines = lines_sql(
        paths,
        line_separator,
        has_header=rules.has_header,
        is_any_bytes=care is ReadCare.BYTES,
        encoding=rules.encoding,
    )
    if rules.comment:
        lines += f" AND NOT starts_with(line, {quote_text(rules.comment)})"
    separator = quote_text(rules.separator)
    cells = _plain_cells(f"string_split(line, {separator})", rules)
    if rules.quote:
        quoted = _quoted_cells(rules)
        has_quote = f"contains(line, {quote_text(rules.quote)})"
        cells = f"CASE WHEN {has_quote} THEN {quoted} ELSE {cells} END"
    return f"SELECT line, {cells} AS cells FROM ({lines})"


def _plain_cells(cells: str, rules: CsvRules) -> str:
    cell = _trimmed("c", rules)
    value = f"nullif({cell}, '')"
    if rules.null:
        value = f"nullif({value}, {quote_text(rules.null)})"
    return f"list_transform({cells}, lambda c: {value})"


def _trimmed(cell: str, rules: CsvRules) -> str:
    blanks = "E' \\t\\r\\n'"
    if rules.trims_left:
        cell = f"ltrim({cell}, {blanks})"
    if rules.trims_right:
        cell = f"rtrim({cell}, {blanks})"
    return cell


def _quoted_cells(rules: CsvRules) -> str:
    separator, quote = re.escape(rules.separator), re.escape(rules.quote)
    escape = re.escape(rules.escape) if rules.escape else quote
    if rules.escape == rules.quote:
        inner = rf"(?:[^{quote}]|{quote}{quote})*"
    else:
        inner = rf"(?:[^{quote}{escape}]|{escape}.)*"
    blanks = r"[ \t]*" if rules.trims_left else ""
    # One letter is excluded from a cell; of longer separators, their first.
    plain = rf"[^{re.escape(rules.separator[0])}]*"
    pattern = (
        rf"{separator}({blanks}{quote}{inner}{quote}{plain}"
        rf"|{blanks}{quote}{inner}$|{plain})"
    )
    line = f"concat({quote_text(rules.separator)}, line)"
    found = f"regexp_extract_all({line}, {quote_text(pattern)}, 1)"
    whole = quote_text(rf"(?s){quote}({inner}){quote}?")
    cell = _trimmed("c", rules)
    text = _unescaped(f"regexp_extract({cell}, {whole}, 1)", rules)
    empty = quote_text(rules.empty)
    value = (
        f"CASE WHEN {cell} = '' THEN NULL "
        f"WHEN regexp_full_match({cell}, {whole}) "
        f"THEN coalesce(nullif({text}, ''), {empty}) ELSE {cell} END"
    )
    value = f"nullif({value}, {quote_text(rules.null)})"
    return f"list_transform({found}, lambda c: {value})"


def _unescaped(text: str, rules: CsvRules) -> str:
    quote, escape = rules.quote, rules.escape
    if not escape:
        return text
    if escape == quote:
        return f"replace({text}, {quote_text(quote * 2)}, {quote_text(quote)})"
    kept = "chr(1)"
    text = f"replace({text}, {quote_text(escape * 2)}, {kept})"
    text = f"replace({text}, {quote_text(escape + quote)}, {quote_text(quote)})"
    return f"replace({text}, {kept}, {quote_text(escape)})"


def _multi_line_sql(
    paths: Sequence[str], count: int, rules: CsvRules, corrupt: str | None
) -> str:
    if corrupt is not None or rules.comment:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="multiLine CSV with a corrupt record column or comments",
            advice="Leave out multiLine, or the column.",
        )
    if must_decode(paths, rules.encoding, False):
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="multiLine CSV in another encoding, or compressed otherwise than "
            "by gzip and zstd",
            advice="Leave out multiLine, or write the files anew.",
        )
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(count))
    cells = ", ".join(f"c{i}" for i in range(count))
    null = rules.null or ""
    return (
        f"SELECT NULL AS line, [{cells}] AS cells FROM read_csv("
        f"{paths_literal(paths)}, columns = {{{names}}}, auto_detect = false, "
        f"header = {str(rules.has_header).lower()}, "
        f"delim = {quote_text(rules.separator)}, quote = {quote_text(rules.quote)}, "
        f"escape = {quote_text(rules.escape)}, nullstr = {quote_text(null)}, "
        "null_padding = true, strict_mode = false, parallel = false)"
    )


def _value(cell: str, field: StructField, options: Mapping[str, str], zone: str) -> str:
    """SQL for a cell as a value of the column; NULL for a bad one."""
    match field.data_type:
        case StringType():
            return cell
        case BooleanType():
            return (
                f"CASE lower({cell}) WHEN 'true' THEN true WHEN 'false' THEN false END"
            )
        case ByteType() | ShortType() | IntegerType() | LongType():
            whole = f"regexp_full_match({cell}, '[+-]?[0-9]+')"
            name = duckdb_type(field.data_type)
            return f"CASE WHEN {whole} THEN TRY_CAST({cell} AS {name}) END"
        case FloatType() | DoubleType():
            return _floating(cell, duckdb_type(field.data_type), options)
        case DecimalType():
            digits = f"replace({cell}, ',', '')"
            name = duckdb_type(field.data_type)
            matches = f"regexp_full_match({digits}, {quote_text(_DECIMAL)})"
            return f"CASE WHEN {matches} THEN TRY_CAST({digits} AS {name}) END"
        case BinaryType():
            return f"encode({cell})"
        case DateType() | TimestampType() | TimestampNTZType():
            return _datetime(cell, field.data_type, options, zone)
    raise AnalysisError(
        "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
        format="CSV",
        columnName=field.name,
        columnType=field.data_type.sql,
    )


def _floating(cell: str, name: str, options: Mapping[str, str]) -> str:
    names = {
        options.get("nanvalue", "NaN"): "NaN",
        options.get("positiveinf", "Inf"): "Infinity",
        options.get("negativeinf", "-Inf"): "-Infinity",
        "Infinity": "Infinity",
        "-Infinity": "-Infinity",
    }
    special = " ".join(f"WHEN {quote_text(k)} THEN '{v}'" for k, v in names.items())
    digits = f"rtrim(trim({cell}), 'dDfF')"
    matches = f"regexp_full_match({cell}, {quote_text(_FLOATING)})"
    return (
        f"CAST(CASE {cell} {special} ELSE CASE WHEN {matches} THEN {digits} END END "
        f"AS {name})"
    )


def _datetime(
    cell: str, data_type: DataType, options: Mapping[str, str], zone: str
) -> str:
    if isinstance(data_type, DateType):
        pattern = options.get("dateformat")
        return (
            date_from_pattern(cell, pattern)
            if pattern is not None
            else date_from_text(cell)
        )
    if isinstance(data_type, TimestampNTZType):
        pattern = options.get("timestampntzformat")
        return (
            timestamp_ntz_from_pattern(cell, pattern)
            if pattern is not None
            else timestamp_ntz_from_text(cell)
        )
    pattern = options.get("timestampformat")
    return (
        timestamp_from_pattern(cell, pattern, zone)
        if pattern is not None
        else timestamp_from_text(cell, zone)
    )
