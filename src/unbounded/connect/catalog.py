"""Catalog: `spark.catalog`, whose answers the client reads by column position."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from unbounded.analyzer import AGGREGATE_NAMES, SCALAR_NAMES
from unbounded.connect.conversion import refuse, variant_of
from unbounded.connect.data_types import schema_from_proto
from unbounded.connect.expressions import name_parts
from unbounded.errors import AnalysisError
from unbounded.plan.commands import CreateTable, DropTable
from unbounded.plan.relations import UnresolvedTable
from unbounded.session import (
    CURRENT_CATALOG,
    CURRENT_DATABASE,
    GLOBAL_DATABASE,
    CatalogEntry,
    Result,
    Session,
    Table,
)
from unbounded.types import (
    ArrayType,
    BooleanType,
    DataType,
    StringType,
    StructField,
    StructType,
    to_arrow,
)

__all__ = ["CALLS", "UNSUPPORTED", "answer_catalog"]

_NO_TABLES = "There is one schema, of plain tables: use SQL or df.write for them."

UNSUPPORTED: dict[str, str] = dict.fromkeys(
    (
        "recover_partitions",
        "set_current_catalog",
        "create_database",
        "drop_database",
        "list_partitions",
        "get_table_properties",
        "get_create_table_string",
        "truncate_table",
        "analyze_table",
        "list_functions",
        "get_function",
    ),
    _NO_TABLES,
)


def answer_catalog(message: Any, session: Session) -> Result:
    """The rows that answer one call; calls without an answer give no rows."""
    kind = variant_of(message, "cat_type")
    call = CALLS.get(kind)
    if call is None:
        raise refuse("catalog call", kind, UNSUPPORTED.get(kind, ""))
    return call(getattr(message, kind), session)


def _schema(**columns: DataType) -> StructType:
    return StructType(tuple(StructField(n, kind) for n, kind in columns.items()))


def _rows(schema: StructType, rows: Sequence[Sequence[Any]]) -> Result:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema.fields)
    arrays = [
        pa.array(values, to_arrow(field.data_type))
        for values, field in zip(columns, schema.fields, strict=True)
    ]
    return Result(schema, pa.Table.from_arrays(arrays, names=list(schema.names)))


_TEXT = StringType()
_VALUE = _schema(value=_TEXT)
_FLAG = _schema(value=BooleanType())
_CATALOG = _schema(name=_TEXT, description=_TEXT)
_DATABASE = _schema(name=_TEXT, catalog=_TEXT, description=_TEXT, locationUri=_TEXT)
_TABLE = _schema(
    name=_TEXT,
    catalog=_TEXT,
    namespace=ArrayType(_TEXT),
    description=_TEXT,
    tableType=_TEXT,
    isTemporary=BooleanType(),
)
_COLUMN = _schema(
    name=_TEXT,
    description=_TEXT,
    dataType=_TEXT,
    nullable=BooleanType(),
    isPartition=BooleanType(),
    isBucket=BooleanType(),
    isCluster=BooleanType(),
)


def _nothing(message: Any, session: Session) -> Result:
    return _rows(_VALUE, [])


def _current_database(message: Any, session: Session) -> Result:
    return _rows(_VALUE, [(CURRENT_DATABASE,)])


def _current_catalog(message: Any, session: Session) -> Result:
    return _rows(_VALUE, [(CURRENT_CATALOG,)])


def _set_current_database(message: Any, session: Session) -> Result:
    if message.db_name.lower() != CURRENT_DATABASE:
        raise AnalysisError("SCHEMA_NOT_FOUND", schemaName=f"`{message.db_name}`")
    return _nothing(message, session)


def _list_catalogs(message: Any, session: Session) -> Result:
    return _rows(_CATALOG, [(CURRENT_CATALOG, None)])


def _database(name: str) -> tuple[str, str, str, str]:
    return (name, CURRENT_CATALOG, "default database", "")


def _list_databases(message: Any, session: Session) -> Result:
    return _rows(_DATABASE, [_database(CURRENT_DATABASE)])


def _get_database(message: Any, session: Session) -> Result:
    _set_current_database(message, session)
    return _rows(_DATABASE, [_database(CURRENT_DATABASE)])


def _database_exists(message: Any, session: Session) -> Result:
    exists = message.db_name.lower() in (CURRENT_DATABASE, GLOBAL_DATABASE)
    return _rows(_FLAG, [(exists,)])


def _entry(entry: CatalogEntry) -> tuple[Any, ...]:
    namespace = [GLOBAL_DATABASE] if entry.is_global else []
    return (entry.name, None, namespace, None, "TEMPORARY", True)


def _table(table: Table) -> tuple[Any, ...]:
    kind = "MANAGED" if table.is_managed else "EXTERNAL"
    namespace = [CURRENT_DATABASE]
    return (table.name, CURRENT_CATALOG, namespace, table.description, kind, False)


def _list_tables(message: Any, session: Session) -> Result:
    database = message.db_name or CURRENT_DATABASE
    pattern = message.pattern if message.HasField("pattern") else None
    is_current = database.lower() == CURRENT_DATABASE
    tables = session.tables(pattern) if is_current else []
    entries = session.catalog.entries(database, pattern)
    return _rows(_TABLE, [*map(_table, tables), *map(_entry, entries)])


def _list_views(message: Any, session: Session) -> Result:
    pattern = message.pattern if message.HasField("pattern") else None
    entries = session.catalog.entries(message.db_name or CURRENT_DATABASE, pattern)
    return _rows(_TABLE, [_entry(entry) for entry in entries])


def _parts(message: Any) -> tuple[str, ...]:
    name = name_parts(message.table_name)
    if message.HasField("db_name") and message.db_name:
        return (*name_parts(message.db_name), *name)
    return name


def _get_table(message: Any, session: Session) -> Result:
    parts = _parts(message)
    table = session.find_table(parts)
    if session.catalog.find(parts) is None:
        if table is not None:
            return _rows(_TABLE, [_table(table)])
        name = ".".join(f"`{part}`" for part in parts)
        raise AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName=name)
    is_global = parts[0].lower() == GLOBAL_DATABASE and len(parts) > 1
    return _rows(_TABLE, [_entry(CatalogEntry(parts[-1], is_global))])


def _table_exists(message: Any, session: Session) -> Result:
    parts = _parts(message)
    exists = session.catalog.find(parts) or session.find_table(parts)
    return _rows(_FLAG, [(exists is not None,)])


def _function_exists(message: Any, session: Session) -> Result:
    name = message.function_name.lower()
    is_builtin = name in SCALAR_NAMES or name in AGGREGATE_NAMES
    is_known = is_builtin or session.catalog.functions.find(name) is not None
    return _rows(_FLAG, [(is_known,)])


def _list_columns(message: Any, session: Session) -> Result:
    parts = _parts(message)
    schema = session.schema(UnresolvedTable(parts))
    is_view = session.catalog.find(parts) is not None
    table = None if is_view else session.find_table(parts)
    folders = () if table is None else table.partition_columns
    rows = [
        (
            f.name,
            None,
            f.data_type.simple_string,
            f.nullable,
            f.name in folders,
            False,
            False,
        )
        for f in schema.fields
    ]
    return _rows(_COLUMN, rows)


def _drop_temp_view(message: Any, session: Session) -> Result:
    return _rows(_FLAG, [(session.catalog.drop(message.view_name),)])


def _drop_global_temp_view(message: Any, session: Session) -> Result:
    dropped = session.catalog.drop(message.view_name, is_global=True)
    return _rows(_FLAG, [(dropped,)])


def _drop_view(message: Any, session: Session) -> Result:
    *database, name = name_parts(message.view_name)
    dropped = session.catalog.drop(name, is_global=bool(database))
    if not dropped and not message.if_exists:
        raise AnalysisError("VIEW_NOT_FOUND", relationName=f"`{message.view_name}`")
    return _nothing(message, session)


def _create_table(message: Any, session: Session) -> Result:
    schema = None
    if message.HasField("schema"):
        found = schema_from_proto(message.schema)
        schema = found if found.fields else None
    has_description = "description" in message.DESCRIPTOR.fields_by_name
    session.run_command(
        CreateTable(
            name_parts(message.table_name),
            message.source or None,
            schema,
            options={key.lower(): value for key, value in message.options.items()},
            location=message.path or None,
            description=(message.description or None) if has_description else None,
        )
    )
    return _nothing(message, session)


def _drop_table(message: Any, session: Session) -> Result:
    session.run_command(DropTable(name_parts(message.table_name), message.if_exists))
    return _nothing(message, session)


def _is_cached(message: Any, session: Session) -> Result:
    plan = UnresolvedTable(name_parts(message.table_name))
    return _rows(_FLAG, [(session.is_persisted(plan),)])


def _cache_table(message: Any, session: Session) -> Result:
    session.persist(UnresolvedTable(name_parts(message.table_name)))
    return _nothing(message, session)


def _uncache_table(message: Any, session: Session) -> Result:
    session.unpersist(UnresolvedTable(name_parts(message.table_name)))
    return _nothing(message, session)


def _clear_cache(message: Any, session: Session) -> Result:
    session.unpersist_all()
    return _nothing(message, session)


CALLS: dict[str, Callable[[Any, Session], Result]] = {
    "current_database": _current_database,
    "set_current_database": _set_current_database,
    "list_databases": _list_databases,
    "list_tables": _list_tables,
    "list_views": _list_views,
    "list_columns": _list_columns,
    "get_database": _get_database,
    "get_table": _get_table,
    "database_exists": _database_exists,
    "table_exists": _table_exists,
    "function_exists": _function_exists,
    "create_external_table": _create_table,
    "create_table": _create_table,
    "drop_table": _drop_table,
    "drop_temp_view": _drop_temp_view,
    "drop_global_temp_view": _drop_global_temp_view,
    "drop_view": _drop_view,
    "is_cached": _is_cached,
    "cache_table": _cache_table,
    "uncache_table": _uncache_table,
    "clear_cache": _clear_cache,
    "refresh_table": _nothing,
    "refresh_by_path": _nothing,
    "current_catalog": _current_catalog,
    "list_catalogs": _list_catalogs,
}
