"""Sinks: where a streaming query's rows go."""

from unbounded.sinks.memory import MemorySink
from unbounded.sinks.noop import NoopSink
from unbounded.sinks.sink import Sink

__all__ = ["MemorySink", "NoopSink", "Sink"]
