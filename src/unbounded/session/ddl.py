"""DDL: a schema as the text that `CREATE TABLE` would take."""

from __future__ import annotations

import re

from unbounded.types import StructType

__all__ = ["ddl_of"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def ddl_of(schema: StructType) -> str:
    """The columns with their types, Spark's `StructType.toDDL`."""
    parts = []
    for field in schema.fields:
        not_null = "" if field.nullable else " NOT NULL"
        parts.append(f"{_quoted(field.name)} {field.data_type.sql}{not_null}")
    return ",".join(parts)


def _quoted(name: str) -> str:
    if _PLAIN.fullmatch(name):
        return name
    return "`" + name.replace("`", "``") + "`"
