"""Analysis: what a session tells the analyzer, and the analyses it asks for."""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.analyzer import analyze
from unbounded.analyzer.context import AnalysisCatalog
from unbounded.conf import RuntimeConf
from unbounded.parser import path_source
from unbounded.plan.python_functions import PythonFunction
from unbounded.plan.relations import (
    Relation,
    ShowString,
    UnresolvedDataSource,
    WithPlanId,
    output_of,
    schema_of,
)
from unbounded.session.catalog import ViewCatalog
from unbounded.session.shared_state import SharedState
from unbounded.session.show_string import SHOW_STRING_SCHEMA
from unbounded.session.source_schemas import SourceSchemas
from unbounded.types import StructType

__all__ = ["SessionAnalysis", "shown_in"]


class SessionAnalysis(AnalysisCatalog):
    """The analyzer's view of a session. Thread-safe."""

    def __init__(
        self, shared: SharedState, conf: RuntimeConf, catalog: ViewCatalog
    ) -> None:
        self._conf = conf
        self._catalog = catalog
        self._schemas = SourceSchemas(shared, conf)

    def conf(self, key: str) -> str:
        return self._conf.get(key)

    def table(self, name_parts: tuple[str, ...], is_streaming: bool) -> Relation | None:
        found = self._catalog.find(name_parts)
        return found or path_source(name_parts, is_streaming)

    def source_schema(self, source: UnresolvedDataSource) -> StructType:
        return self._schemas.of(source)

    def cached_relation(self, relation_id: str) -> Relation:
        return self._catalog.kept(relation_id)

    def function(self, name: str) -> PythonFunction | None:
        return self._catalog.functions.find(name)

    def names(self) -> Sequence[str]:
        return self._catalog.names()

    def analyze(self, plan: Relation) -> Relation:
        """The resolved plan.

        Raises:
            AnalysisError: the query is wrong as written.
        """
        return analyze(plan, self)

    def schema(self, plan: Relation) -> StructType:
        """The columns of an unresolved plan."""
        if isinstance(shown_in(plan), ShowString):
            return SHOW_STRING_SCHEMA
        return schema_of(output_of(self.analyze(plan)))


def shown_in(plan: Relation) -> Relation:
    """`plan` without the client's number around it."""
    while isinstance(plan, WithPlanId):
        plan = plan.child
    return plan
