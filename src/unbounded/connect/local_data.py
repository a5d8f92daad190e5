"""Local data: rows sent along with a plan, as relations.

Rows arrive as an Arrow stream, by value or as artifacts sent before; a schema
in JSON or DDL says which Spark types they have.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from unbounded.connect.conversion import Context
from unbounded.parser import parse_schema
from unbounded.plan.relations import LocalRelation
from unbounded.types import StructField, StructType, from_arrow, to_arrow

__all__ = ["convert_chunked", "convert_local", "read_stream"]


def convert_local(message: Any, context: Context) -> LocalRelation:
    """Rows in the message itself; no data means no rows."""
    schema = parse_schema(message.schema) if message.schema else None
    tables = [read_stream(message.data)] if message.data else []
    return _relation(tables, schema)


def convert_chunked(message: Any, context: Context) -> LocalRelation:
    """Rows in artifacts, by their hashes."""
    schema = None
    if message.HasField("schemaHash"):
        text = context.session.artifact(f"cache/{message.schemaHash}").decode()
        schema = parse_schema(text)
    chunks = [context.session.artifact(f"cache/{name}") for name in message.dataHashes]
    return _relation([read_stream(chunk) for chunk in chunks], schema)


def read_stream(data: bytes) -> pa.Table:
    """The table in an Arrow IPC stream."""
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_all()


def _relation(tables: list[pa.Table], schema: StructType | None) -> LocalRelation:
    if not tables:
        assert schema is not None
        return LocalRelation(_arrow_schema(schema).empty_table(), schema)
    table = pa.concat_tables(tables)
    if schema is None:
        schema = _schema_of(table.schema)
    columns = [
        _column(column, to_arrow(field.data_type))
        for column, field in zip(table.columns, schema.fields, strict=True)
    ]
    return LocalRelation(pa.table(columns, schema=_arrow_schema(schema)), schema)


def _column(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == wanted else column.cast(wanted)


def _schema_of(schema: pa.Schema) -> StructType:
    return StructType(
        tuple(StructField(f.name, from_arrow(f.type), f.nullable) for f in schema)
    )


def _arrow_schema(schema: StructType) -> pa.Schema:
    return pa.schema(
        [pa.field(f.name, to_arrow(f.data_type), f.nullable) for f in schema.fields]
    )
