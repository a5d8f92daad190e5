"""Sinks: where rows go, of streaming queries and of `df.write`."""

from unbounded.sinks.batch_writer import OutputFolder, finish_writes, write_table
from unbounded.sinks.console import ConsoleSink
from unbounded.sinks.file_format import WRITABLE_FORMATS, FileFormat
from unbounded.sinks.file_log import SinkLogSettings
from unbounded.sinks.files import FileStreamSink
from unbounded.sinks.foreach import ForeachSink, RowWriter
from unbounded.sinks.foreach_batch import ForeachBatchSink
from unbounded.sinks.memory import MemorySink
from unbounded.sinks.noop import NoopSink
from unbounded.sinks.sink import Sink

__all__ = [
    "WRITABLE_FORMATS",
    "ConsoleSink",
    "FileFormat",
    "FileStreamSink",
    "ForeachBatchSink",
    "ForeachSink",
    "MemorySink",
    "NoopSink",
    "OutputFolder",
    "RowWriter",
    "Sink",
    "SinkLogSettings",
    "finish_writes",
    "write_table",
]
