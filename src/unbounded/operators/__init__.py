"""Operators: what a streaming query keeps between its batches."""

from unbounded.operators.aggregate import StreamingAggregate, event_time_key
from unbounded.operators.deduplicate import StreamingDeduplicate
from unbounded.operators.global_limit import StreamingGlobalLimit
from unbounded.operators.operator import (
    WEIGHT,
    Changes,
    MakesRows,
    OperatorMetrics,
    StatefulOperator,
    Watermarks,
)
from unbounded.operators.retained import (
    ResultDifference,
    RetainedRows,
    RetainedTable,
)
from unbounded.operators.revised_aggregate import RevisedAggregate
from unbounded.operators.row_pieces import NewPieces, RowPieces
from unbounded.operators.session_window import SessionWindowAggregate
from unbounded.operators.set_operation import StreamingSetOperation
from unbounded.operators.stream_join import StreamingSymmetricHashJoin

__all__ = [
    "WEIGHT",
    "Changes",
    "MakesRows",
    "NewPieces",
    "OperatorMetrics",
    "ResultDifference",
    "RetainedRows",
    "RetainedTable",
    "RevisedAggregate",
    "RowPieces",
    "SessionWindowAggregate",
    "StatefulOperator",
    "StreamingAggregate",
    "StreamingDeduplicate",
    "StreamingGlobalLimit",
    "StreamingSetOperation",
    "StreamingSymmetricHashJoin",
    "Watermarks",
    "event_time_key",
]
