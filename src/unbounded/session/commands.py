"""Commands: what SQL text or the client may have done at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from unbounded.errors import AnalysisError, UnsupportedError
from unbounded.plan.commands import (
    Command,
    CreateTable,
    CreateView,
    DropTable,
    DropView,
    Insert,
    ResetConf,
    SetConf,
    ShowTables,
    Write,
)
from unbounded.plan.relations import Relation
from unbounded.session.batch import Result
from unbounded.session.catalog import CURRENT_DATABASE, GLOBAL_DATABASE
from unbounded.session.tables import (
    create_table,
    drop_table,
    insert_rows,
    save_as_table,
)
from unbounded.session.writes import write_files
from unbounded.sources import STATE_FORMATS
from unbounded.types import BooleanType, StringType, StructField, StructType, to_arrow

if TYPE_CHECKING:
    from unbounded.session.session import Session

__all__ = ["run_command"]

_NOTHING = StructType(())
_KEY_VALUE = StructType(
    (
        StructField("key", StringType(), False),
        StructField("value", StringType(), False),
    )
)
_TABLES = StructType(
    (
        StructField("namespace", StringType(), False),
        StructField("tableName", StringType(), False),
        StructField("isTemporary", BooleanType(), False),
    )
)


@singledispatch
def run_command(command: Command, session: Session) -> Result:
    """Do what `command` says; its answer as rows, often none.

    Raises:
        UnsupportedError: a command that is not to be had here.
    """
    raise UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"the command {type(command).__name__}",
        advice="Use the DataFrame API.",
    )


@run_command.register(CreateView)
def _create_view(command: CreateView, session: Session) -> Result:
    # A view of a wrong query is refused now, not when it is read.
    session.schema(command.child)
    session.catalog.create(
        command.name, command.child, command.is_global, command.replaces
    )
    return _rows(_NOTHING, [])


@run_command.register(DropView)
def _drop_view(command: DropView, session: Session) -> Result:
    *database, name = command.name_parts
    is_global = [part.lower() for part in database] == [GLOBAL_DATABASE]
    if not session.catalog.drop(name, is_global) and not command.if_exists:
        quoted = ".".join(f"`{part}`" for part in command.name_parts)
        raise AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName=quoted)
    return _rows(_NOTHING, [])


@run_command.register(SetConf)
def _set_conf(command: SetConf, session: Session) -> Result:
    if command.key is None:
        return _rows(_KEY_VALUE, list(session.conf.all().items()))
    if command.value is not None:
        session.conf.set(command.key, command.value)
    value = session.conf.find(command.key)
    return _rows(_KEY_VALUE, [(command.key, "<undefined>" if value is None else value)])


@run_command.register(ResetConf)
def _reset_conf(command: ResetConf, session: Session) -> Result:
    if command.key is None:
        session.conf.reset()
    else:
        session.conf.unset(command.key)
    return _rows(_NOTHING, [])


@run_command.register(ShowTables)
def _show_tables(command: ShowTables, session: Session) -> Result:
    tables = session.tables(command.pattern)
    views = session.catalog.entries(CURRENT_DATABASE, command.pattern)
    rows = [(CURRENT_DATABASE, table.name, False) for table in tables]
    return _rows(_TABLES, [*rows, *(("", view.name, True) for view in views)])


@run_command.register(CreateTable)
def _create_table(command: CreateTable, session: Session) -> Result:
    if command.child is not None:
        _refuse_stream(command.child, session)
    result = create_table(command, session)
    return replace(_rows(_NOTHING, []), observed=result.observed)


@run_command.register(DropTable)
def _drop_table(command: DropTable, session: Session) -> Result:
    drop_table(command, session)
    return _rows(_NOTHING, [])


@run_command.register(Insert)
def _insert(command: Insert, session: Session) -> Result:
    _refuse_stream(command.child, session)
    result = insert_rows(command, session)
    return replace(_rows(_NOTHING, []), observed=result.observed)


def _refuse_stream(plan: Relation, session: Session) -> None:
    if session.is_streaming(plan):
        raise AnalysisError("CALL_ON_STREAMING_DATASET_UNSUPPORTED", methodName="write")


@run_command.register(Write)
def _write(command: Write, session: Session) -> Result:
    _refuse_stream(command.child, session)
    if command.format.lower() in STATE_FORMATS:
        raise AnalysisError(
            "UNSUPPORTED_FEATURE.TABLE_OPERATION",
            feature=f"writing the format {command.format}",
            advice="A state is changed by its query alone.",
            tableName=f"`{command.format}`",
            operation="batch write",
        )
    if command.format.lower() == "noop":
        result = session.run(command.child)
    elif command.table_name is not None:
        result = save_as_table(command, command.table_name, session)
    else:
        result = write_files(command, session)
    return replace(_rows(_NOTHING, []), observed=result.observed)


def _rows(schema: StructType, rows: Sequence[Sequence[Any]]) -> Result:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema.fields)
    arrays = [
        pa.array(values, to_arrow(field.data_type))
        for values, field in zip(columns, schema.fields, strict=True)
    ]
    return Result(schema, pa.Table.from_arrays(arrays, names=list(schema.names)))
