"""Stream sinks: the sink that a `writeStream` names, opened when its query is."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from unbounded.conf import RuntimeConf
from unbounded.errors import AnalysisError
from unbounded.plan.commands import WriteStream
from unbounded.plan.relations import LocalRelation, Relation
from unbounded.session.catalog import ViewCatalog
from unbounded.session.shared_state import SharedState
from unbounded.sinks import ForeachBatchSink, MemorySink, NoopSink, Sink
from unbounded.types import StructType, to_arrow

__all__ = ["BatchFunction", "StreamSinks"]

BatchFunction = Callable[[pa.Table, int], None]
"""A user's function as a sink calls it: a batch's rows, and its id."""

OpenSink = Callable[[StructType], Sink]


class StreamSinks:
    """Opens the sinks of one session's queries."""

    def __init__(
        self, shared: SharedState, conf: RuntimeConf, catalog: ViewCatalog
    ) -> None:
        self._shared = shared
        self._conf = conf
        self._catalog = catalog

    def opener(self, command: WriteStream, function: BatchFunction | None) -> OpenSink:
        """What makes the sink, once its columns are known.

        Raises:
            AnalysisError: there is no such format, or an option is missing.
        """
        name = command.format.lower()
        if name == "memory":
            return self._memory(command)
        if name == "foreachbatch" and function is not None:
            return lambda schema: ForeachBatchSink(function)
        if name == "noop":
            return lambda schema: NoopSink()
        raise AnalysisError("DATA_SOURCE_NOT_FOUND", provider=name, known="")

    def _memory(self, command: WriteStream) -> OpenSink:
        name = command.query_name
        if name is None:
            raise AnalysisError("MEMORY_SINK_WITHOUT_NAME")

        def open_sink(schema: StructType) -> Sink:
            sink = MemorySink(_arrow_schema(schema))

            def snapshot() -> Relation:
                return LocalRelation(sink.snapshot(), schema)

            self._catalog.create_dynamic(name, snapshot)
            return sink

        return open_sink


def _arrow_schema(schema: StructType) -> pa.Schema:
    return pa.schema(
        [pa.field(f.name, to_arrow(f.data_type), f.nullable) for f in schema.fields]
    )
