"""Tables: commands about tables that last, and what their names stand for.

A table is a folder of files and an entry of the warehouse's catalog. Rows are written
before a new table's entry, so a table that is there is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from unbounded.analyzer import can_store_assign
from unbounded.errors import AnalysisError, ExecutionError
from unbounded.plan.commands import (
    CreateTable,
    DropTable,
    IfExists,
    Insert,
    Write,
    WriteStream,
)
from unbounded.plan.expressions import (
    Alias,
    Cast,
    Expression,
    Literal,
    UnresolvedAttribute,
)
from unbounded.plan.relations import (
    LocalRelation,
    Project,
    Relation,
    ToDF,
    UnresolvedDataSource,
    WithColumns,
)
from unbounded.session.batch import Result
from unbounded.session.file_formats import FileFormats
from unbounded.session.table_names import table_name
from unbounded.session.warehouse import Table
from unbounded.session.writes import partition_columns, reads_from
from unbounded.sinks import OutputFolder, write_table
from unbounded.sources.path_patterns import absolute_paths
from unbounded.types import NullType, StructField, StructType

if TYPE_CHECKING:
    from unbounded.session.session import Session

__all__ = [
    "create_table",
    "drop_table",
    "insert_rows",
    "save_as_table",
    "stream_target",
]


_NO_ROWS = Result(StructType(()), pa.table({}))

# Options of a query that are none of the table's files.
_OF_THE_QUERY = frozenset({"checkpointlocation", "retention"})


# --- names ------------------------------------------------------------------


def _name_of(parts: Sequence[str]) -> str:
    name = table_name(parts)
    if name is None:
        quoted = ".".join(f"`{part}`" for part in parts[:-1])
        raise AnalysisError("SCHEMA_NOT_FOUND", schemaName=quoted)
    return name


def _found(parts: Sequence[str], session: Session) -> Table:
    table = session.analysis.warehouse.find(_name_of(parts))
    if table is None:
        raise AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName=_quoted(parts))
    return table


def _quoted(parts: Sequence[str]) -> str:
    return ".".join(f"`{part}`" for part in parts)


# --- making and forgetting --------------------------------------------------


def create_table(command: CreateTable, session: Session) -> Result:
    """Make a table, with the rows of a query if it has one; those rows.

    Raises:
        AnalysisError: there is one already, or its columns make no table.
    """
    warehouse = session.analysis.warehouse
    existing = warehouse.find(_name_of(command.name_parts))
    if existing is None and command.must_exist:
        name = _quoted(command.name_parts)
        raise AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName=name)
    if existing is not None and command.if_exists == "ignore":
        return _NO_ROWS
    if existing is not None and command.if_exists == "error":
        raise AnalysisError(
            "TABLE_OR_VIEW_ALREADY_EXISTS", relationName=f"`{existing.name}`"
        )
    table = _described(command, session)
    if command.child is None:
        if existing is not None:
            warehouse.drop(existing.name)
        _check_location(table, session)
        warehouse.create(table)
        return _NO_ROWS
    if existing is not None and reads_from(
        session.analyze(command.child), existing.location
    ):
        raise AnalysisError("UNSUPPORTED_OVERWRITE.TABLE", table=f"`{existing.name}`")
    result = session.run(_by_name(command.child, table, session))
    if existing == table:
        _write(table, result, "overwrite", session)
        return result
    if existing is not None:
        warehouse.drop(existing.name)
    _check_location(table, session)
    _write(table, result, "append", session)
    warehouse.create(table)
    return result


def drop_table(command: DropTable, session: Session) -> None:
    """Forget a table, and its rows if the folder was made for it; or a view."""
    if len(command.name_parts) == 1 and session.catalog.drop(command.name_parts[0]):
        return
    name = _name_of(command.name_parts)
    if session.analysis.warehouse.find(name) is None and not command.if_exists:
        relation = _quoted(command.name_parts)
        raise AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName=relation)
    session.analysis.warehouse.drop(name)


def _described(command: CreateTable, session: Session) -> Table:
    """The table as it is to be; nothing is made yet."""
    name = _name_of(command.name_parts)
    location = command.location or command.options.get("path")
    options = {key: value for key, value in command.options.items() if key != "path"}
    format = (command.format or session.conf.get("spark.sql.sources.default")).lower()
    paths = () if location is None else absolute_paths([location])
    if command.child is not None:
        schema = session.schema(command.child)
    elif command.schema is not None:
        schema = command.schema
    elif paths:
        schema = session.schema(UnresolvedDataSource(format, None, options, paths))
    else:
        raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=format.upper())
    _check_defined(command.partitioning, schema, name)
    columns = partition_columns(command.partitioning, schema)
    table = Table(
        name,
        format,
        _partitions_last(schema, columns),
        paths[0] if paths else session.analysis.warehouse.location_of(name),
        columns,
        options,
        is_managed=not paths,
        description=command.description,
    )
    # What the format can't hold is refused before anything is made.
    file_format = _formats(session).of(format, table.schema, options)
    file_format.without(columns)
    file_format.partitioned_by(columns)
    return table


def _check_defined(wanted: Sequence[str], schema: StructType, table: str) -> None:
    known = [name.lower() for name in schema.names]
    for name in wanted:
        if name.lower() not in known:
            raise AnalysisError(
                "COLUMN_NOT_DEFINED_IN_TABLE",
                colType="partition",
                colName=f"`{name}`",
                tableName=f"`{table}`",
                tableCols=", ".join(f"`{each}`" for each in schema.names),
            )


def _check_location(table: Table, session: Session) -> None:
    if table.is_managed and session.shared.files.list_names(table.location):
        raise AnalysisError(
            "LOCATION_ALREADY_EXISTS",
            location=f"file:{table.location}",
            identifier=f"`{table.name}`",
        )


def _partitions_last(schema: StructType, columns: Sequence[str]) -> StructType:
    """Columns as a table has them: nullable, those of folders at the end."""
    fields = {field.name: field for field in schema.fields}
    names = [name for name in fields if name not in columns] + list(columns)
    return StructType(
        tuple(StructField(name, fields[name].data_type) for name in names)
    )


# --- rows -------------------------------------------------------------------


def insert_rows(command: Insert, session: Session) -> Result:
    """Add rows to a table, or put them in place of others.

    Raises:
        AnalysisError: there is no such table, or the columns don't fit.
    """
    if session.catalog.find(command.name_parts) is not None:
        raise AnalysisError(
            "UNSUPPORTED_INSERT.RDD_BASED", relationId=_quoted(command.name_parts)
        )
    table = _found(command.name_parts, session)
    plan = _assigned(command, table, session)
    replaces_all = command.overwrites == "all" and not _is_dynamic(table, session)
    if replaces_all and reads_from(session.analyze(plan), table.location):
        raise AnalysisError("UNSUPPORTED_OVERWRITE.TABLE", table=f"`{table.name}`")
    # Run apart from the casts, so that it is known whose overflow one is.
    given = session.run(command.child)
    rows = replace(command, child=LocalRelation(given.table, given.schema))
    try:
        result = session.run(_assigned(rows, table, session))
    except ExecutionError as error:
        if error.condition != "CAST_OVERFLOW":
            raise
        raise ExecutionError(
            "CAST_OVERFLOW_IN_TABLE_INSERT",
            tableName=f"`{table.name}`",
            reason=error.message,
        ) from error
    mode = "append" if command.overwrites == "nothing" else "overwrite"
    _write(table, result, mode, session, replaces_partitions=not replaces_all)
    return given


def _assigned(command: Insert, table: Table, session: Session) -> Relation:
    """The rows with the table's columns, in its order."""
    if command.columns:
        _check_count(len(command.columns), command.child, table, session)
        named = ToDF(command.child, command.columns)
        return _by_name(_with_nulls(named, command, table), table, session)
    if command.by_name:
        return _by_name(command.child, table, session)
    _check_count(len(table.schema.fields), command.child, table, session)
    return _cast(command.child, table, session)


def _with_nulls(child: Relation, command: Insert, table: Table) -> Relation:
    """The rows with a null for each column that INSERT does not name."""
    named = [name.lower() for name in command.columns]
    nulls = tuple(
        Alias(Literal(None, NullType()), (name,))
        for name in table.schema.names
        if name.lower() not in named
    )
    return WithColumns(child, nulls) if nulls else child


def _check_count(wanted: int, child: Relation, table: Table, session: Session) -> None:
    names = session.schema(child).names
    if len(names) == wanted:
        return
    named = {
        "tableName": f"`{table.name}`",
        "tableColumns": ", ".join(table.schema.names),
        "dataColumns": ", ".join(names),
    }
    if len(names) > wanted:
        raise AnalysisError(
            "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS", **named
        )
    raise AnalysisError("INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS", **named)


def _by_name(child: Relation, table: Table, session: Session) -> Relation:
    """The rows with the table's columns, found by their names."""
    given = [name.lower() for name in session.schema(child).names]
    _check_count(len(table.schema.fields), child, table, session)
    missing = [name for name in table.schema.names if name.lower() not in given]
    if missing:
        raise AnalysisError(
            "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA",
            tableName=f"`{table.name}`",
            colName=f"`{missing[0]}`",
        )
    order = [given.index(name.lower()) for name in table.schema.names]
    return _cast(child, table, session, order)


def _cast(
    child: Relation,
    table: Table,
    session: Session,
    order: Sequence[int] | None = None,
) -> Relation:
    """The child's columns at these places, each with the table's name and type."""
    given = session.schema(child).fields
    places = range(len(given)) if order is None else order
    columns: list[Expression] = []
    for place, field in zip(places, table.schema.fields, strict=True):
        column: Expression = UnresolvedAttribute((f"c{place}",))
        source = given[place].data_type
        if source != field.data_type:
            if not can_store_assign(source, field.data_type):
                raise AnalysisError(
                    "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                    tableName=f"`{table.name}`",
                    colName=f"`{field.name}`",
                    srcType=source.sql,
                    targetType=field.data_type.sql,
                )
            column = Cast(column, field.data_type)
        columns.append(Alias(column, (field.name,)))
    numbered = ToDF(child, tuple(f"c{place}" for place in range(len(given))))
    return Project(numbered, tuple(columns))


def _is_dynamic(table: Table, session: Session) -> bool:
    mode = session.conf.get("spark.sql.sources.partitionOverwriteMode")
    return bool(table.partition_columns) and mode.upper() == "DYNAMIC"


def _write(
    table: Table,
    result: Result,
    mode: str,
    session: Session,
    *,
    replaces_partitions: bool = False,
) -> None:
    shared = session.shared
    output = OutputFolder(
        table.location, mode, table.partition_columns, replaces_partitions
    )
    file_format = _formats(session).of(table.format, table.schema, table.options)
    write_table(shared.files, file_format, output, result.table, shared.new_id)


def _formats(session: Session) -> FileFormats:
    return FileFormats(session.shared, session.conf)


# --- df.write and df.writeStream --------------------------------------------


def save_as_table(command: Write, parts: tuple[str, ...], session: Session) -> Result:
    """`df.write.saveAsTable`.

    Raises:
        AnalysisError: there is one already, or what is added does not fit it.
    """
    existing = session.analysis.warehouse.find(_name_of(parts))
    if command.mode == "append" and existing is not None:
        _check_format(existing, command.format)
        _check_folders(existing, command.partitioning)
        _check_same_columns(existing, session.schema(command.child))
        return insert_rows(Insert(parts, command.child, by_name=True), session)
    modes: dict[str, IfExists] = {"ignore": "ignore", "overwrite": "replace"}
    create = CreateTable(
        parts,
        command.format,
        None,
        command.child,
        command.partitioning,
        command.options,
        command.path,
        if_exists=modes.get(command.mode, "error"),
    )
    return create_table(create, session)


def stream_target(
    command: WriteStream, parts: tuple[str, ...], session: Session
) -> WriteStream:
    """`df.writeStream.toTable`, as a query into the folder of the table.

    The table is made if it is not there.

    Raises:
        AnalysisError: it is a view, or of another format or other folders.
    """
    if session.catalog.find(parts) is not None:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1190", viewName=_quoted(parts))
    existing = session.analysis.warehouse.find(_name_of(parts))
    if existing is None:
        create = CreateTable(
            parts,
            command.format,
            session.schema(command.child),
            None,
            command.partitioning,
            {k: v for k, v in command.options.items() if k not in _OF_THE_QUERY},
            command.path,
        )
        create_table(create, session)
        existing = _found(parts, session)
    elif command.format.lower() != existing.format:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1192",
            source=command.format,
            tableName=f"`{existing.name}`",
            provider=existing.format,
        )
    else:
        _check_folders(existing, command.partitioning)
    return replace(
        command,
        format=existing.format,
        path=existing.location,
        table_name=None,
        options={**existing.options, **command.options},
        partitioning=existing.partition_columns,
    )


def _check_same_columns(table: Table, given: StructType) -> None:
    names = [name.lower() for name in given.names]
    if len(names) != len(table.schema.names):
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1161",
            tableName=f"`{table.name}`",
            existingTableSchema=", ".join(table.schema.names),
            queryColumns=", ".join(given.names),
        )
    for name in table.schema.names:
        if name.lower() not in names:
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1162",
                col=name,
                inputColumns=", ".join(given.names),
            )


def _check_format(table: Table, format: str) -> None:
    if format.lower() != table.format:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1159",
            tableName=f"`{table.name}`",
            existingProvider=table.format,
            specifiedProvider=format,
        )


def _check_folders(table: Table, partitioning: Sequence[str]) -> None:
    """Refuse rows laid out by other columns than the table's."""
    wanted = [name.lower() for name in partitioning]
    if wanted and wanted != [name.lower() for name in table.partition_columns]:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1163",
            tableName=f"`{table.name}`",
            specifiedPartCols=", ".join(partitioning),
            existingPartCols=", ".join(table.partition_columns),
        )
