"""Runtime: one query over time."""

from unbounded.runtime.listener_bus import EventType, ListenerBus
from unbounded.runtime.maintenance import Maintenance
from unbounded.runtime.micro_batch import MicroBatchExecution
from unbounded.runtime.query_definition import (
    QueryDefinition,
    QueryServices,
    RunningThread,
)
from unbounded.runtime.query_manager import StreamingQueryManager
from unbounded.runtime.streaming_query import QueryStatus, StreamingQuery

__all__ = [
    "EventType",
    "ListenerBus",
    "Maintenance",
    "MicroBatchExecution",
    "QueryDefinition",
    "QueryServices",
    "QueryStatus",
    "RunningThread",
    "StreamingQuery",
    "StreamingQueryManager",
]
