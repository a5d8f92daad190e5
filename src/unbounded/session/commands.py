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
    CreateView,
    DropView,
    ResetConf,
    SetConf,
    ShowTables,
    Write,
)
from unbounded.session.batch import Result
from unbounded.session.catalog import CURRENT_DATABASE, GLOBAL_DATABASE
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
    entries = session.catalog.entries(CURRENT_DATABASE, command.pattern)
    return _rows(_TABLES, [("", entry.name, True) for entry in entries])


@run_command.register(Write)
def _write(command: Write, session: Session) -> Result:
    if command.table_name is not None:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="saving as a table",
            advice="Save to a path, or make a temporary view.",
        )
    if session.is_streaming(command.child):
        raise AnalysisError("CALL_ON_STREAMING_DATASET_UNSUPPORTED", methodName="write")
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
