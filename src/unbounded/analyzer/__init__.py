"""Analyzer: names, types and streaming checks of a plan."""

from unbounded.analyzer.analyzer import analyze
from unbounded.analyzer.coercion import can_store_assign
from unbounded.analyzer.context import AnalysisCatalog
from unbounded.analyzer.functions import AGGREGATE_NAMES, SCALAR_NAMES
from unbounded.analyzer.join_pruning import prune_join_inputs
from unbounded.analyzer.python_rows import first_rows
from unbounded.analyzer.streaming_checks import (
    CheckSettings,
    check_streaming,
    is_streaming,
    refuse_batch_action,
)

__all__ = [
    "AGGREGATE_NAMES",
    "SCALAR_NAMES",
    "AnalysisCatalog",
    "analyze",
    "can_store_assign",
    "CheckSettings",
    "check_streaming",
    "first_rows",
    "is_streaming",
    "prune_join_inputs",
    "refuse_batch_action",
]
