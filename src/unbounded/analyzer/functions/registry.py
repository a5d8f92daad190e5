"""Registry: all function tables together, by Spark name and by canonical name.

`SCALAR_NAMES` and `AGGREGATE_NAMES` are the contract with the compiler: it has a
template for each name and meets no other.
"""

from __future__ import annotations

from collections.abc import Mapping

from unbounded.analyzer.functions.aggregate import AGGREGATE_FUNCTIONS
from unbounded.analyzer.functions.arithmetic import ARITHMETIC
from unbounded.analyzer.functions.collection import COLLECTION_FUNCTIONS, NESTED
from unbounded.analyzer.functions.conditional import COMPARISONS, CONDITIONAL_FUNCTIONS
from unbounded.analyzer.functions.datetime import DATETIME_FUNCTIONS
from unbounded.analyzer.functions.math import MATH_FUNCTIONS
from unbounded.analyzer.functions.signature import Signature, by_spark_name
from unbounded.analyzer.functions.string import STRING_FUNCTIONS

__all__ = ["AGGREGATES", "AGGREGATE_NAMES", "SCALARS", "SCALAR_NAMES"]

_SCALAR_ROWS = (
    *COMPARISONS,
    *CONDITIONAL_FUNCTIONS,
    *STRING_FUNCTIONS,
    *MATH_FUNCTIONS,
    *DATETIME_FUNCTIONS,
    *COLLECTION_FUNCTIONS,
)

SCALARS: Mapping[str, Signature] = by_spark_name(_SCALAR_ROWS)
AGGREGATES: Mapping[str, Signature] = by_spark_name(AGGREGATE_FUNCTIONS)

SCALAR_NAMES: frozenset[str] = frozenset(
    {signature.name for signature in _SCALAR_ROWS}
    | set(ARITHMETIC)
    | set(NESTED)
    | {"case_when"}
)
AGGREGATE_NAMES: frozenset[str] = frozenset(s.name for s in AGGREGATE_FUNCTIONS)
