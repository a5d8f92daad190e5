"""Operators: what a streaming query keeps between its batches."""

from unbounded.operators.aggregate import StreamingAggregate, event_time_key
from unbounded.operators.deduplicate import StreamingDeduplicate
from unbounded.operators.operator import (
    WEIGHT,
    Changes,
    OperatorMetrics,
    StatefulOperator,
    Watermarks,
)

__all__ = [
    "WEIGHT",
    "Changes",
    "OperatorMetrics",
    "StatefulOperator",
    "StreamingAggregate",
    "StreamingDeduplicate",
    "Watermarks",
    "event_time_key",
]
