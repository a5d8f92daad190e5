"""Writes: `df.write` into the files of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.plan.commands import Write
from unbounded.plan.relations import Relation, SourceScan, output_of, schema_of
from unbounded.plan.tree import walk
from unbounded.session.batch import Result, source_paths
from unbounded.session.file_formats import FileFormats
from unbounded.sinks import OutputFolder, write_table
from unbounded.sources.path_patterns import absolute_paths
from unbounded.types import StructType

if TYPE_CHECKING:
    from unbounded.session.session import Session

__all__ = ["partition_columns", "reads_from", "write_files"]


def write_files(command: Write, session: Session) -> Result:
    """The rows written, to one folder."""
    path = command.path or command.options.get("path")
    if path is None:
        raise IllegalArgumentError("_LEGACY_ERROR_TEMP_2047", format=command.format)
    plan = session.analyze(command.child)
    schema = schema_of(output_of(plan))
    columns = partition_columns(command.partitioning, schema)
    mode = _overwrite_mode(command, session)
    output = OutputFolder(absolute_paths([path])[0], command.mode, columns, mode)
    is_replaced = command.mode == "overwrite" and not output.replaces_partitions
    if is_replaced and reads_from(plan, output.path):
        raise AnalysisError("UNSUPPORTED_OVERWRITE.PATH", path=f"file:{output.path}")
    formats = FileFormats(session.shared, session.conf)
    # The format is refused before anything runs.
    file_format = formats.of(command.format, schema, command.options)
    file_format.without(columns)
    file_format.partitioned_by(columns)
    result = session.run(command.child)
    shared = session.shared
    write_table(shared.files, file_format, output, result.table, shared.new_id)
    return result


def _overwrite_mode(command: Write, session: Session) -> bool:
    """Whether an overwrite replaces no more than the partitions it writes to."""
    key = "spark.sql.sources.partitionOverwriteMode"
    mode = command.options.get("partitionoverwritemode", session.conf.get(key))
    if mode.upper() not in ("STATIC", "DYNAMIC"):
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="partitionOverwriteMode",
            value=mode,
            expected="static or dynamic",
        )
    return mode.upper() == "DYNAMIC" and bool(command.partitioning)


def reads_from(plan: Relation, folder: str) -> bool:
    """Whether a resolved plan reads the files of a folder."""
    return any(
        isinstance(node, SourceScan) and folder in source_paths(node)
        for node in walk(plan)
    )


def partition_columns(wanted: Sequence[str], schema: StructType) -> tuple[str, ...]:
    """The schema's own names of the columns to partition by, whatever their case."""
    known: dict[str, str] = {}
    for name in schema.names:
        if name.lower() in known:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=f"`{name.lower()}`")
        known[name.lower()] = name
    found: list[str] = []
    for name in wanted:
        if name.lower() not in known:
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1155",
                col=name,
                schemaCatalog=", ".join(schema.names),
            )
        if known[name.lower()] in found:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=f"`{name.lower()}`")
        found.append(known[name.lower()])
    return tuple(found)
