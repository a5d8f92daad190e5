"""The function tables: every function a query may call."""

from unbounded.analyzer.functions.registry import (
    AGGREGATE_NAMES,
    AGGREGATES,
    SCALAR_NAMES,
    SCALARS,
)
from unbounded.analyzer.functions.signature import Signature, is_nullable, type_of

__all__ = [
    "AGGREGATES",
    "AGGREGATE_NAMES",
    "SCALARS",
    "SCALAR_NAMES",
    "Signature",
    "is_nullable",
    "type_of",
]
