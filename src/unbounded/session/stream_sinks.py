"""Stream sinks: the sink that a `writeStream` names, opened when its query is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from unbounded.compiler import CompileContext
from unbounded.conf import SESSION_TIME_ZONE, RuntimeConf
from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.plan.commands import WriteStream
from unbounded.plan.relations import LocalRelation, Relation
from unbounded.session.batch import BatchExecution
from unbounded.session.catalog import ViewCatalog
from unbounded.session.file_formats import FileFormats
from unbounded.session.shared_state import SharedState, start_thread
from unbounded.session.show_string import show_table
from unbounded.sinks import (
    WRITABLE_FORMATS,
    ConsoleSink,
    FileStreamSink,
    ForeachBatchSink,
    MemorySink,
    NoopSink,
    Sink,
    SinkLogSettings,
)
from unbounded.sources.path_patterns import absolute_paths
from unbounded.sources.seen_files import duration_ms
from unbounded.types import StructType, to_arrow

__all__ = ["BatchFunction", "StreamSinks"]

BatchFunction = Callable[[pa.Table, int], None]
"""A user's function as a sink calls it: a batch's rows, and its id."""

OpenSink = Callable[[StructType, str], Sink]


class StreamSinks:
    """Opens the sinks of one session's queries."""

    def __init__(
        self, shared: SharedState, conf: RuntimeConf, catalog: ViewCatalog
    ) -> None:
        self._shared = shared
        self._conf = conf
        self._catalog = catalog
        self._formats = FileFormats(shared, conf)

    def opener(self, command: WriteStream, function: BatchFunction | None) -> OpenSink:
        """What makes the sink, once its columns are known.

        Raises:
            AnalysisError: there is no such format, it does not take the output
                mode, or an option is missing.
        """
        name = command.format.lower()
        assert command.table_name is None, "a table is a path by now"
        if name in WRITABLE_FORMATS:
            return self._files(command)
        if command.partitioning:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1197", format=name)
        if function is not None:
            return lambda schema, query_id: _function_sink(name, function)
        match name:
            case "memory":
                return self._memory(command)
            case "console":
                return self._console(command)
            case "noop":
                return lambda schema, query_id: NoopSink()
        known = ", ".join((*WRITABLE_FORMATS, "console", "memory", "noop"))
        raise AnalysisError("DATA_SOURCE_NOT_FOUND", provider=name, known=known)

    def _files(self, command: WriteStream) -> OpenSink:
        if command.output_mode not in FileStreamSink.output_modes:
            raise AnalysisError(
                "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
                className=command.format,
                outputMode=command.output_mode,
            )
        path = command.path or command.options.get("path")
        if path is None:
            raise IllegalArgumentError("_LEGACY_ERROR_TEMP_2047", format=command.format)
        log_settings = self._log_settings(command.options)
        located = absolute_paths([path])[0]

        def open_sink(schema: StructType, query_id: str) -> Sink:
            columns = _partition_columns(command.partitioning, schema)
            return FileStreamSink(
                self._formats.of(command.format, schema, command.options),
                located,
                self._shared.files,
                self._shared.clock,
                query_id,
                partition_by=columns,
                log_settings=log_settings,
                start_thread=start_thread,
            )

        return open_sink

    def _log_settings(self, options: Mapping[str, str]) -> SinkLogSettings:
        def number(key: str) -> int:
            return int(self._conf.get(f"spark.sql.streaming.{key}"))

        retention = options.get("retention")
        return SinkLogSettings(
            compact_interval=number("fileSink.log.compactInterval"),
            cleanup_delay_ms=number("fileSink.log.cleanupDelay"),
            deletes=self._conf.get("spark.sql.streaming.fileSink.log.deletion")
            == "true",
            min_batches_to_retain=number("minBatchesToRetain"),
            retention_ms=None
            if retention is None
            else duration_ms(retention, "retention"),
        )

    def _memory(self, command: WriteStream) -> OpenSink:
        name = command.query_name
        if name is None:
            raise AnalysisError("_LEGACY_ERROR_TEMP_1194")

        def open_sink(schema: StructType, query_id: str) -> Sink:
            account = self._shared.memory.account("buffers", f"the table {name}")
            sink = MemorySink(_arrow_schema(schema), account)

            def snapshot() -> Relation:
                rows = sink.snapshot()
                return LocalRelation(rows, schema, current=sink.snapshot)

            self._catalog.create_dynamic(name, snapshot)
            return sink

        return open_sink

    def _console(self, command: WriteStream) -> OpenSink:
        row_count = _number(command.options, "numrows", 20)
        truncate = command.options.get("truncate", "true").lower()
        widths = {"true": 20, "false": 0}
        width = (
            widths[truncate]
            if truncate in widths
            else _number(command.options, "truncate", 20)
        )
        context = CompileContext(
            time_zone=self._conf.get(SESSION_TIME_ZONE),
            current_timestamp_us=0,
            ansi=True,
        )
        execution = BatchExecution(self._shared, context, lambda cancel: None)

        def open_sink(schema: StructType, query_id: str) -> Sink:
            def show(table: pa.Table, rows: int, truncate: int) -> str:
                return show_table(table, schema, execution, rows, truncate)

            return ConsoleSink(show, _print, row_count, width)

        return open_sink


def _partition_columns(wanted: Sequence[str], schema: StructType) -> tuple[str, ...]:
    """The schema's own names of the columns to partition by, whatever their case."""
    known = {name.lower(): name for name in schema.names}
    missing = [name for name in wanted if name.lower() not in known]
    if missing:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1196",
            column=missing[0],
            columns=", ".join(schema.names),
        )
    return tuple(known[name.lower()] for name in wanted)


def _function_sink(name: str, function: BatchFunction) -> Sink:
    sink = ForeachBatchSink(function)
    if name == "foreach":
        sink.description = "ForeachWriterTable"
        sink.counts_output_rows = True
    return sink


def _print(text: str) -> None:
    # Looked up each time: a notebook or a test may have put another in place.
    sys.stdout.write(text)
    sys.stdout.flush()


def _number(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not text.strip().isdecimal():
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE", option=name, value=text, expected="a whole number"
        )
    return int(text)


def _arrow_schema(schema: StructType) -> pa.Schema:
    return pa.schema(
        [pa.field(f.name, to_arrow(f.data_type), f.nullable) for f in schema.fields]
    )
