"""Inference: the columns of files that come without a schema.

JSON: Spark's rules. Fields in order of their names; whole numbers are BIGINT,
others DOUBLE; where records disagree the column is a STRING; a field that is
null everywhere too. CSV: names from the header; strings, unless `inferSchema`
asks for more. Parquet: the first file's own schema. Text: one column.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from unbounded.errors import AnalysisError, ExecutionError, IllegalArgumentError
from unbounded.sources.binary_file import BINARY_FILE_SCHEMA
from unbounded.sources.csv import CsvRules, cells_sql
from unbounded.sources.datetime_text import timestamp_from_text
from unbounded.sources.format_options import check_format_options
from unbounded.sources.json import parse_mode
from unbounded.sources.options import (
    boolean_option,
    encoding_option,
)
from unbounded.sources.orc import orc_columns
from unbounded.sources.parquet import parquet_columns
from unbounded.sources.text_lines import (
    lines_sql,
    must_decode,
    paths_literal,
    whole_files_sql,
)
from unbounded.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    from_arrow,
    from_json,
)

__all__ = ["infer_file_schema"]

_SPARK_SCHEMA_KEY = b"org.apache.spark.sql.parquet.row.metadata"
_Query = Callable[[str], pa.Table]
_JSON_TYPES: Mapping[str, DataType] = {
    "BOOLEAN": BooleanType(),
    "UBIGINT": LongType(),
    "BIGINT": LongType(),
    # What DuckDB finds for negative and positive whole numbers together.
    "HUGEINT": LongType(),
    "DOUBLE": DoubleType(),
}
_UNSIGNED: Mapping[pa.DataType, DataType] = {
    pa.uint8(): ShortType(),
    pa.uint16(): IntegerType(),
    pa.uint32(): LongType(),
    pa.uint64(): DecimalType(20, 0),
}


def infer_file_schema(
    format_name: str,
    options: Mapping[str, str],
    paths: Sequence[str],
    query: _Query,
) -> StructType:
    """The columns of the files.

    Raises:
        AnalysisError: there are no files, or none with data.
    """
    check_format_options(format_name, options)
    _check_ratio(options)
    if format_name == "binaryfile":
        return BINARY_FILE_SCHEMA
    if format_name == "text":
        return StructType((StructField("value", StringType()),))
    if not paths:
        raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=format_name.upper())
    return _INFER[format_name](options, paths, query)


def _check_ratio(options: Mapping[str, str]) -> None:
    """All rows are looked at, whatever part is asked for; but it must be one."""
    text = options.get("samplingratio", "1.0")
    try:
        is_part = float(text) > 0
    except ValueError:
        is_part = False
    if not is_part:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="samplingRatio",
            value=text,
            expected="a number above 0",
        )


def _infer_json(
    options: Mapping[str, str], paths: Sequence[str], query: _Query
) -> StructType:
    row = query(
        "SELECT json_group_structure(json) AS structure, "
        "count(*) FILTER (WHERE json IS NULL) AS broken "
        f"FROM {_json_objects(options, paths)}"
    ).to_pylist()[0]
    text_only = boolean_option(options, "primitivesasstring", False)
    structure = json.loads(row["structure"]) if row["structure"] else {}
    if boolean_option(options, "dropfieldifallnull", False):
        structure = _without_nulls(structure) or {}
    if isinstance(structure, list):
        # Lines that hold arrays of records.
        structure = structure[0]
    fields: tuple[StructField, ...] = ()
    if isinstance(structure, dict):
        fields = _json_fields(structure, text_only)
    if row["broken"] and parse_mode(options) == "PERMISSIVE":
        name = options.get("columnnameofcorruptrecord", "_corrupt_record")
        fields = tuple(
            sorted((*fields, StructField(name, StringType())), key=lambda f: f.name)
        )
    return StructType(fields)


def _json_objects(options: Mapping[str, str], paths: Sequence[str]) -> str:
    """Rows of `json`, null where a line is none."""
    is_whole = boolean_option(options, "multiline", False)
    encoding = encoding_option(options)
    if must_decode(paths, encoding, False):
        lines = (
            whole_files_sql(paths, encoding=encoding)
            if is_whole
            else lines_sql(paths, options.get("linesep"), encoding=encoding)
        )
        return (
            "(SELECT CASE WHEN json_valid(line) THEN CAST(line AS JSON) END AS json "
            f"FROM ({lines}))"
        )
    form = "auto" if is_whole else "newline_delimited"
    return (
        f"read_json_objects({paths_literal(paths)}, format = '{form}', "
        f"ignore_errors = {str(not is_whole).lower()})"
    )


def _without_nulls(structure: Any) -> Any:
    """A structure without what is null, or an empty list or object, in all records.

    None if nothing is left: `{"a": "NULL", "b": ["NULL"]}`.
    """
    if isinstance(structure, dict):
        kept = {name: _without_nulls(inner) for name, inner in structure.items()}
        return {
            name: inner for name, inner in kept.items() if inner is not None
        } or None
    if isinstance(structure, list):
        element = _without_nulls(structure[0]) if structure else None
        return None if element is None else [element]
    return None if structure == "NULL" else structure


def _json_fields(
    structure: Mapping[str, Any], text_only: bool
) -> tuple[StructField, ...]:
    return tuple(
        StructField(name, _json_type(structure[name], text_only))
        for name in sorted(structure)
    )


def _json_type(structure: Any, text_only: bool) -> DataType:
    if isinstance(structure, dict):
        return StructType(_json_fields(structure, text_only))
    if isinstance(structure, list):
        return ArrayType(_json_type(structure[0], text_only))
    return StringType() if text_only else _JSON_TYPES.get(structure, StringType())


def _infer_parquet(
    options: Mapping[str, str], paths: Sequence[str], query: _Query
) -> StructType:
    return _of_first_or_all(options, paths, _parquet_fields)


def _infer_orc(
    options: Mapping[str, str], paths: Sequence[str], query: _Query
) -> StructType:
    return _of_first_or_all(options, paths, orc_columns)


def _of_first_or_all(
    options: Mapping[str, str],
    paths: Sequence[str],
    fields_of: Callable[[str], StructType],
) -> StructType:
    """The first file's columns, or with `mergeSchema` those of all, in their order."""
    merged = fields_of(paths[0])
    if not boolean_option(options, "mergeschema", False):
        return merged
    for path in paths[1:]:
        merged = _merged(merged, fields_of(path))
    return merged


def _merged(left: StructType, right: StructType) -> StructType:
    fields = {field.name.lower(): field for field in left.fields}
    for field in right.fields:
        known = fields.setdefault(field.name.lower(), field)
        if known.data_type == field.data_type:
            continue
        first, second = known.data_type, field.data_type
        if not (isinstance(first, StructType) and isinstance(second, StructType)):
            names = (left.simple_string, right.simple_string)
            raise ExecutionError("CANNOT_MERGE_SCHEMAS", left=names[0], right=names[1])
        fields[field.name.lower()] = replace(known, data_type=_merged(first, second))
    return StructType(tuple(fields.values()))


def _parquet_fields(path: str) -> StructType:
    schema = parquet_columns(path)
    written = (schema.metadata or {}).get(_SPARK_SCHEMA_KEY)
    if written is not None:
        found = from_json(json.loads(written))
        assert isinstance(found, StructType)
        return found
    return StructType(
        tuple(
            StructField(field.name, _UNSIGNED.get(field.type) or from_arrow(field.type))
            for field in schema
        )
    )


def _infer_csv(
    options: Mapping[str, str], paths: Sequence[str], query: _Query
) -> StructType:
    rules = CsvRules.of(options)
    unnamed = replace(rules, has_header=False)
    first = query(f"{cells_sql(paths[:1], unnamed)} LIMIT 1").to_pylist()
    if not first:
        return StructType()
    cells = first[0]["cells"]
    names = [
        cell if rules.has_header and cell else f"_c{index}"
        for index, cell in enumerate(cells)
    ]
    types: Sequence[DataType] = [StringType()] * len(names)
    if boolean_option(options, "inferschema", False):
        types = _csv_types(cells_sql(paths, rules), len(names), query)
    return StructType(
        tuple(StructField(n, t) for n, t in zip(names, types, strict=True))
    )


# From narrow to wide; the first that all cells of a column are is its type.
_CELL_TYPES: Sequence[tuple[DataType, str]] = (
    (IntegerType(), "TRY_CAST({whole} AS INTEGER) IS NOT NULL"),
    (LongType(), "TRY_CAST({whole} AS BIGINT) IS NOT NULL"),
    (DoubleType(), "TRY_CAST({number} AS DOUBLE) IS NOT NULL"),
    (
        DateType(),
        "regexp_full_match({cell}, '[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}') "
        "AND TRY_CAST({cell} AS DATE) IS NOT NULL",
    ),
    (TimestampType(), "{timestamp} IS NOT NULL"),
    (BooleanType(), "lower({cell}) IN ('true', 'false')"),
)


def _csv_types(rows: str, count: int, query: _Query) -> list[DataType]:
    tests = []
    for index in range(count):
        cell = f"cells[{index + 1}]"
        texts = {
            "cell": cell,
            "whole": f"regexp_extract({cell}, '^[+-]?[0-9]+$')",
            "number": f"regexp_extract({cell}, '^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$')",
            "timestamp": timestamp_from_text(cell, "UTC"),
        }
        tests += [
            f"bool_and({cell} IS NULL OR ({test.format(**texts)})) AS t{index}_{kind}"
            for kind, (_, test) in enumerate(_CELL_TYPES)
        ]
        tests.append(f"count({cell}) AS n{index}")
    row = query(f"SELECT {', '.join(tests)} FROM ({rows})").to_pylist()[0]
    return [
        next(
            (
                data_type
                for kind, (data_type, _) in enumerate(_CELL_TYPES)
                if row[f"n{index}"] and row[f"t{index}_{kind}"]
            ),
            StringType(),
        )
        for index in range(count)
    ]


_INFER: Mapping[
    str, Callable[[Mapping[str, str], Sequence[str], _Query], StructType]
] = {
    "csv": _infer_csv,
    "json": _infer_json,
    "orc": _infer_orc,
    "parquet": _infer_parquet,
}
