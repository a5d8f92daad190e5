"""Analysis: what a session tells the analyzer, and the analyses it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unbounded.analyzer import analyze
from unbounded.analyzer.context import AnalysisCatalog
from unbounded.conf import WAREHOUSE_DIR, RuntimeConf
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
from unbounded.session.table_names import table_name, table_scan
from unbounded.session.warehouse import Warehouse
from unbounded.sources.path_patterns import absolute_paths
from unbounded.types import StructType

__all__ = ["SessionAnalysis", "shown_in"]


class SessionAnalysis(AnalysisCatalog):
    """The analyzer's view of a session. Thread-safe."""

    def __init__(
        self, shared: SharedState, conf: RuntimeConf, catalog: ViewCatalog
    ) -> None:
        self._conf = conf
        self._catalog = catalog
        self._shared = shared
        self._schemas = SourceSchemas(shared, conf)

    @property
    def warehouse(self) -> Warehouse:
        """The tables of `spark.sql.warehouse.dir`."""
        return self._shared.warehouse(absolute_paths([self.conf(WAREHOUSE_DIR)])[0])

    def conf(self, key: str) -> str:
        return self._conf.get(key)

    def table(
        self,
        name_parts: tuple[str, ...],
        is_streaming: bool,
        options: Mapping[str, str],
    ) -> Relation | None:
        found = self._catalog.find(name_parts)
        if found is not None:
            return found
        name = table_name(name_parts)
        table = None if name is None else self.warehouse.find(name)
        if table is not None:
            return table_scan(table, options, is_streaming)
        return path_source(name_parts, is_streaming)

    def source_schema(self, source: UnresolvedDataSource) -> StructType:
        return self._schemas.of(source)

    def cached_relation(self, relation_id: str) -> Relation:
        return self._catalog.kept(relation_id)

    def function(self, name: str) -> PythonFunction | None:
        return self._catalog.functions.find(name)

    def names(self) -> Sequence[str]:
        tables = [table.name for table in self.warehouse.tables()]
        return [*self._catalog.names(), *tables]

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
