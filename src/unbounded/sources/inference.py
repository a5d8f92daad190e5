"""Inference: the columns of files that come without a schema.

JSON: Spark's rules. Fields in order of their names; whole numbers are BIGINT,
others DOUBLE; where records disagree the column is a STRING; a field that is
null everywhere too. Parquet: the first file's own schema. Text: one column.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from unbounded.errors import AnalysisError
from unbounded.sources.json import parse_mode
from unbounded.sources.options import boolean_option, check_options
from unbounded.sources.text_lines import paths_literal
from unbounded.types import (
    ArrayType,
    BooleanType,
    DataType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
    from_arrow,
)

__all__ = ["infer_file_schema"]

_Query = Callable[[str], pa.Table]
_REFUSED = {
    "prefersdecimal": "false",
    "dropfieldifallnull": "false",
    "infertimestamp": "false",
    "samplingratio": "1.0",
    "mergeschema": "false",
}
_JSON_TYPES: Mapping[str, DataType] = {
    "BOOLEAN": BooleanType(),
    "UBIGINT": LongType(),
    "BIGINT": LongType(),
    "HUGEINT": DecimalType(38, 0),
    "UHUGEINT": DecimalType(38, 0),
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
    check_options(format_name, options, _REFUSED)
    if format_name == "text":
        return StructType((StructField("value", StringType()),))
    if not paths:
        raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=format_name.upper())
    return _INFER[format_name](options, paths, query)


def _infer_json(
    options: Mapping[str, str], paths: Sequence[str], query: _Query
) -> StructType:
    kind = "auto" if boolean_option(options, "multiline", False) else "nd"
    form = {"auto": "auto", "nd": "newline_delimited"}[kind]
    row = query(
        "SELECT json_group_structure(json) AS structure, "
        "count(*) FILTER (WHERE json IS NULL) AS broken "
        f"FROM read_json_objects({paths_literal(paths)}, format = '{form}', "
        f"ignore_errors = {str(kind == 'nd').lower()})"
    ).to_pylist()[0]
    text_only = boolean_option(options, "primitivesasstring", False)
    structure = json.loads(row["structure"]) if row["structure"] else {}
    fields: tuple[StructField, ...] = ()
    if isinstance(structure, dict):
        fields = _json_fields(structure, text_only)
    if row["broken"] and parse_mode(options) == "PERMISSIVE":
        name = options.get("columnnameofcorruptrecord", "_corrupt_record")
        fields = tuple(
            sorted((*fields, StructField(name, StringType())), key=lambda f: f.name)
        )
    return StructType(fields)


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
    empty = query(f"SELECT * FROM read_parquet({paths_literal(paths[:1])}) LIMIT 0")
    return StructType(
        tuple(
            StructField(field.name, _UNSIGNED.get(field.type) or from_arrow(field.type))
            for field in empty.schema
        )
    )


_INFER: Mapping[
    str, Callable[[Mapping[str, str], Sequence[str], _Query], StructType]
] = {"json": _infer_json, "parquet": _infer_parquet}
