r"""JSON files: rows of objects, read as Spark's JSON source reads them.

Four ways, each more careful and slower than the one before. The first two fail
loudly, with one of `REREAD_CONDITIONS`, on input they might read differently
from Spark; the third reads all text, the last one all bytes.

    TEXT     DuckDB takes the lines apart; strings and times come as text, other
             columns as JSON text. Refused: broken lines, duplicate keys, strings
             that might have been the number 1.70, which comes out as 1.7, and
             times in unusual forms.
    TOKENS   all columns come as JSON text, so 1.70 and "1.70" differ; all times.
    LINES    line by line: numbers are quoted before DuckDB's JSON functions see
             them, so they keep their digits; then a line is repaired (single
             quotes), cut (what follows the first value), or broken.

    BYTES    as LINES, of files that are not UTF-8, too.

Broken lines and bad values follow `mode`: PERMISSIVE gives nulls (and the line in
the corrupt record column, if the schema has it), DROPMALFORMED drops the row,
FAILFAST stops the query.

Where we leave Spark: an object or array read as a string comes out compact, and a
trailing comma or an unquoted `nan` is accepted where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

from unbounded.errors import IllegalArgumentError
from unbounded.sources.datetime_text import (
    quick_date,
    quick_timestamp,
    quick_timestamp_ntz,
)
from unbounded.sources.format_options import check_format_options
from unbounded.sources.json_values import TokenRules, convert, is_bad
from unbounded.sources.options import (
    boolean_option,
    check_text_options,
    encoding_option,
    quote_text,
)
from unbounded.sources.text_lines import (
    lines_sql,
    must_decode,
    paths_literal,
    whole_files_sql,
)
from unbounded.types import (
    DateType,
    DecimalType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    duckdb_type,
    quote_name,
)

__all__ = ["ReadCare", "least_care", "parse_mode", "read_json_sql"]

# Quoted in front of a number, in the private use area, to tell it from a string.
_MARK = "\ue000"
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_REREAD = "error('SOURCE_REREAD|0')"
_SPECIAL = r"NaN|[+-]INF|[+-]?Infinity"


class ReadCare(IntEnum):
    """How much a reader distrusts its input."""

    TEXT = 0
    TOKENS = 1
    LINES = 2
    BYTES = 3


def parse_mode(options: Mapping[str, str]) -> str:
    """The parse mode, upper case; Spark takes an unknown one as PERMISSIVE."""
    mode = options.get("mode", "PERMISSIVE").upper()
    return mode if mode in {"DROPMALFORMED", "FAILFAST"} else "PERMISSIVE"


def corrupt_column(schema: StructType, options: Mapping[str, str]) -> str | None:
    """The name of the schema's column for corrupt records, if it has one."""
    name = options.get("columnnameofcorruptrecord", "_corrupt_record")
    field = next((f for f in schema.fields if f.name == name), None)
    if field is None:
        return None
    if not isinstance(field.data_type, StringType) or not field.nullable:
        raise IllegalArgumentError(
            "INVALID_CORRUPT_RECORD_TYPE",
            columnName=name,
            actualType=field.data_type.sql,
        )
    return name


def least_care(schema: StructType, options: Mapping[str, str]) -> ReadCare:
    """The first way worth trying."""
    if (
        parse_mode(options) != "PERMISSIVE"
        or corrupt_column(schema, options) is not None
        or boolean_option(options, "multiline", False)
        or options.get("linesep", "\n") not in {"\n", "\r\n"}
        or not schema.fields
    ):
        return ReadCare.LINES
    exact = (
        isinstance(f.data_type, DecimalType)
        and f.data_type.precision > 15
        and f.data_type.scale > 0
        for f in schema.fields
    )
    if any(exact):
        return ReadCare.LINES
    # The fast way takes times as the session's zone has them.
    return ReadCare.TOKENS if "timezone" in options else ReadCare.TEXT


def read_json_sql(
    paths: Sequence[str],
    schema: StructType,
    options: Mapping[str, str],
    time_zone: str,
    care: ReadCare = ReadCare.TEXT,
) -> str:
    """A SELECT of the files' rows, in file order, columns as in `schema`.

    Raises:
        UnsupportedError: an option or type this reader has not.
    """
    check_format_options("json", options)
    check_text_options(options)
    encoding = encoding_option(options)
    care = max(care, least_care(schema, options))
    if must_decode(paths, encoding, False):
        care = max(care, ReadCare.LINES)
    rules = TokenRules(
        time_zone=options.get("timezone", time_zone),
        timestamp_format=options.get("timestampformat"),
        timestamp_ntz_format=options.get("timestampntzformat"),
        date_format=options.get("dateformat"),
        keeps_numbers=care >= ReadCare.LINES,
    )
    if care >= ReadCare.LINES:
        lines = _lines(paths, options, care)
        return _careful_sql(lines, schema, options, rules)
    declared, values = [], []
    for field in schema.fields:
        name = quote_name(field.name)
        value = _quick(field, rules) if care is ReadCare.TEXT else None
        kind = "JSON" if value is None else "VARCHAR"
        if value is None:
            token = f"CAST({name} AS VARCHAR)"
            value = convert(token, field.data_type, rules)
            value = f"CAST({value} AS {duckdb_type(field.data_type)})"
        declared.append(f"{quote_text(field.name)}: '{kind}'")
        values.append(f"{value} AS {name}")
    return (
        f"SELECT {', '.join(values)} FROM read_json({paths_literal(paths)}, "
        f"columns = {{{', '.join(declared)}}}, format = 'newline_delimited')"
    )


def _quick(field: StructField, rules: TokenRules) -> str | None:
    """The column read from text without its quotes, if that can be told apart."""
    name = quote_name(field.name)
    match field.data_type:
        case StringType():
            # Whole numbers are the same text either way, so others are in doubt.
            return (
                f"CASE WHEN {name} >= '-' AND {name} < ':' "
                f"AND TRY_CAST({name} AS DOUBLE) IS NOT NULL "
                f"AND (contains({name}, '.') OR contains({name}, 'e')) "
                f"THEN {_REREAD} ELSE {name} END"
            )
        case TimestampType() if rules.timestamp_format is None:
            return quick_timestamp(name, rules.time_zone, _REREAD)
        case TimestampNTZType() if rules.timestamp_ntz_format is None:
            return quick_timestamp_ntz(name, _REREAD)
        case DateType() if rules.date_format is None:
            return quick_date(name, _REREAD)
    return None


def _lines(paths: Sequence[str], options: Mapping[str, str], care: ReadCare) -> str:
    """Rows of (line, text): as it stands in the file, and what is to be parsed."""
    rows = _raw_lines(paths, options, care is ReadCare.BYTES)
    # Jackson stops at bytes that are no UTF-8.
    is_text = "NOT contains(line, chr(65533))" if care is ReadCare.BYTES else "true"
    return f"SELECT line, CASE WHEN {is_text} THEN line END AS text FROM ({rows})"


def _raw_lines(
    paths: Sequence[str], options: Mapping[str, str], is_any_bytes: bool
) -> str:
    encoding = encoding_option(options)
    if boolean_option(options, "multiline", False):
        return whole_files_sql(paths, is_any_bytes=is_any_bytes, encoding=encoding)
    return lines_sql(
        paths, options.get("linesep"), is_any_bytes=is_any_bytes, encoding=encoding
    )


def _careful_sql(
    lines: str, schema: StructType, options: Mapping[str, str], rules: TokenRules
) -> str:
    corrupt = corrupt_column(schema, options)
    fields = [f for f in schema.fields if f.name != corrupt]
    tokens = {f.name: _member_token(f.name) for f in fields}
    bad = " OR ".join(
        ["is_broken", *(is_bad(tokens[f.name], f.data_type, rules) for f in fields)]
    )
    columns = []
    for field in schema.fields:
        name = quote_name(field.name)
        if field.name == corrupt:
            columns.append(f"CASE WHEN {bad} THEN line END AS {name}")
            continue
        value = convert(tokens[field.name], field.data_type, rules)
        columns.append(f"CAST({value} AS {duckdb_type(field.data_type)}) AS {name}")
    condition = {
        "PERMISSIVE": "",
        "DROPMALFORMED": f" WHERE NOT ({bad})",
        "FAILFAST": f" WHERE CASE WHEN {bad} THEN error(concat("
        "'MALFORMED_RECORD_IN_PARSING|0|badRecord=', line)) ELSE true END",
    }[parse_mode(options)]
    selected = ", ".join(columns) or "1 AS __no_columns"
    return f"SELECT {selected} FROM ({_members_sql(lines)}){condition}"


def _members_sql(lines: str) -> str:
    """Rows of (line, is_broken, keys, tokens), a row for each record of each line.

    Keys and tokens stand last first, as the last of equal keys counts.
    """
    marked = f"SELECT line, {_marked('text')} AS text FROM ({lines})"
    cut = f"SELECT line, {_first_value('text')} AS text FROM ({marked})"
    element = "json_extract(text, '$[*]')"
    records = (
        "CASE WHEN text LIKE '{%' THEN [text] "
        f"WHEN text LIKE '[%' AND NOT coalesce(list_bool_or(list_transform({element}, "
        "lambda e: NOT starts_with(CAST(e AS VARCHAR), '{'))), false) "
        f"THEN CAST({element} AS VARCHAR[]) ELSE [NULL] END"
    )
    split = f"SELECT line, unnest({records}) AS record FROM ({cut})"
    return (
        "SELECT line, record IS NULL AS is_broken, "
        "list_reverse(json_keys(record)) AS keys, "
        f"list_reverse(json_extract(record, '$.*')) AS tokens FROM ({split})"
    )


def _member_token(name: str) -> str:
    """A record's member as JSON text, numbers as written, NULL for null."""
    token = f"CAST(tokens[list_position(keys, {quote_text(name)})] AS VARCHAR)"
    number = f"'\"{_MARK}'"
    unmarked = f"regexp_replace({token}, '\"{_MARK}([^\"]*)\"', '\\1', 'g')"
    return (
        f"CASE WHEN starts_with({token}, {number}) THEN ({token})[3:-2] "
        f"WHEN contains({token}, '{_MARK}') THEN {unmarked} "
        f"ELSE nullif({token}, 'null') END"
    )


def _marked(line: str) -> str:
    """Numbers quoted and marked, single-quoted strings double-quoted."""
    pieces = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"']+|["']"""
    number = quote_text(f"([+-]?[0-9][0-9.eE+-]*|{_SPECIAL})")
    bare = f"regexp_replace(t, {number}, '\"{_MARK}\\1\"', 'g')"
    # DuckDB forgives a comma before a closing bracket; Spark does not.
    strict = f"regexp_replace({bare}, ',(\\s*[\\]}}])', ',,\\1', 'g')"
    # And it takes more spellings of a number that is none.
    strict = f"regexp_replace({strict}, '([\\s:,\\[])(?i:nan|inf)', '\\1!', 'g')"
    inner = "replace(replace(t[2:-2], '\\''', ''''), '\"', '\\\"')"
    piece = (
        "CASE WHEN starts_with(t, '\"') THEN t "
        f"WHEN starts_with(t, '''') AND len(t) > 1 THEN concat('\"', {inner}, '\"') "
        f"ELSE {strict} END"
    )
    found = f"regexp_extract_all({line}, {quote_text(pieces)}, 0, 's')"
    return f"array_to_string(list_transform({found}, lambda t: {piece}), '')"


def _first_value(text: str) -> str:
    """The first JSON value of a marked line; NULL if it is not whole and valid."""
    bad_number = f"'\"{_MARK}'"
    checked = f'"{_MARK}(?:{_NUMBER}|{_SPECIAL})"'
    trimmed = f"trim({text}, E' \\t\\n\\r\\uFEFF')"
    head = f"regexp_extract({trimmed}, {quote_text(_nested_value())}, 0, 's')"
    whole = (
        f"CASE WHEN json_valid({trimmed}) THEN {trimmed} "
        f"WHEN json_valid({head}) THEN {head} END"
    )
    return (
        f"CASE WHEN contains(regexp_replace({whole}, {quote_text(checked)}, '', 'g'), "
        f"{bad_number}) THEN NULL ELSE {whole} END"
    )


def _nested_value(depth: int = 8) -> str:
    """A pattern for an object or array at the start, so many levels deep."""
    string = r'"(?:[^"\\]|\\.)*"'
    inner = rf'[^{{}}\[\]"]|{string}'
    value = inner
    for _ in range(depth):
        value = rf"{inner}|[{{\[](?:{value})*[}}\]]"
    return rf"^[{{\[](?:{value})*[}}\]]"
