"""Context: what one analysis knows and counts.

Handed to every rule. Ids are given in the order of resolution, depth first and
left to right, so the same plan always gets the same ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from unbounded.plan.python_functions import PythonFunction
from unbounded.plan.relations import Relation, UnresolvedDataSource
from unbounded.types import StructType

__all__ = ["AnalysisCatalog", "Context"]


class AnalysisCatalog(Protocol):
    """What the analyzer asks of the session."""

    def conf(self, key: str) -> str:
        """The value of a Spark setting; its default if it is not set."""

    def table(
        self,
        name_parts: tuple[str, ...],
        is_streaming: bool,
        options: Mapping[str, str],
    ) -> Relation | None:
        """The plan of a view or table, resolved or not; None if unknown."""

    def source_schema(self, source: UnresolvedDataSource) -> StructType:
        """The schema of a source, inferred if the user gave none.

        Raises:
            AnalysisError: there is no such format, path or schema.
        """

    def cached_relation(self, relation_id: str) -> Relation:
        """The relation kept for the client under an id."""

    def function(self, name: str) -> PythonFunction | None:
        """The function a client has registered under a name, in any case."""

    def names(self) -> Sequence[str]:
        """All view and table names, for suggestions in errors."""


@dataclass(slots=True)
class Context:
    """The catalog and the counters of one analysis."""

    catalog: AnalysisCatalog
    is_case_sensitive: bool = False
    _next_attribute_id: int = field(default=0, init=False)
    _next_leaf_id: int = field(default=0, init=False)
    _next_watermark_id: int = field(default=0, init=False)
    _next_call_id: int = field(default=0, init=False)

    def new_attribute_id(self) -> int:
        self._next_attribute_id += 1
        return self._next_attribute_id - 1

    def new_leaf_id(self) -> int:
        self._next_leaf_id += 1
        return self._next_leaf_id - 1

    def new_watermark_id(self) -> int:
        self._next_watermark_id += 1
        return self._next_watermark_id - 1

    def new_call_id(self) -> int:
        """A `FunctionCall.node_id`, from 1."""
        self._next_call_id += 1
        return self._next_call_id

    def same_name(self, left: str, right: str) -> bool:
        """Whether two column names are the same under the session's setting."""
        if self.is_case_sensitive:
            return left == right
        return left.lower() == right.lower()
