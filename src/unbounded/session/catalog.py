"""Catalog: the names a session's queries may use, and what they stand for.

Temporary views belong to a session; global ones, under `global_temp`, to the
process. A view is stored as the plan it was made from, with every name in it
already replaced, so a view may be redefined in terms of itself.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from unbounded.errors import AnalysisError
from unbounded.plan.relations import (
    CachedRemoteRelation,
    Relation,
    SubqueryAlias,
    UnresolvedTable,
)
from unbounded.plan.tree import transform_down
from unbounded.session.functions import FunctionRegistry

__all__ = ["GLOBAL_DATABASE", "CatalogEntry", "ViewCatalog", "Views", "matching"]

GLOBAL_DATABASE = "global_temp"
CURRENT_DATABASE = "default"
CURRENT_CATALOG = "spark_catalog"

View = Callable[[], Relation]


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A view as `spark.catalog.listTables` shows it."""

    name: str
    is_global: bool


class Views:
    """Views by name; names differ in more than case. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._views: dict[str, tuple[str, View]] = {}

    def put(self, name: str, view: View, replaces: bool) -> None:
        with self._lock:
            if not replaces and name.lower() in self._views:
                raise AnalysisError(
                    "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", relationName=f"`{name}`"
                )
            self._views[name.lower()] = (name, view)

    def find(self, name: str) -> View | None:
        with self._lock:
            found = self._views.get(name.lower())
        return None if found is None else found[1]

    def drop(self, name: str) -> bool:
        with self._lock:
            return self._views.pop(name.lower(), None) is not None

    def names(self) -> list[str]:
        with self._lock:
            return sorted(name for name, _ in self._views.values())

    def copy(self) -> Views:
        twin = Views()
        with self._lock:
            twin._views = dict(self._views)
        return twin


class ViewCatalog:
    """One session's view of all names. Thread-safe."""

    def __init__(
        self,
        local: Views,
        global_views: Views,
        functions: FunctionRegistry | None = None,
    ) -> None:
        self._local = local
        self._global = global_views
        self.functions = functions or FunctionRegistry()
        self._relations: dict[str, Relation] = {}

    def copy(self) -> ViewCatalog:
        """A new catalog that begins with these views."""
        return ViewCatalog(self._local.copy(), self._global, self.functions.copy())

    # --- views --------------------------------------------------------------

    def create(
        self, name: str, plan: Relation, is_global: bool = False, replaces: bool = True
    ) -> None:
        """Name `plan`; names in it are replaced by what they stand for now."""
        closed = self._close_over(plan)
        views = self._global if is_global else self._local
        views.put(name, lambda: closed, replaces)

    def create_dynamic(self, name: str, view: View) -> None:
        """Name a table whose rows are asked for anew each time it is read."""
        self._local.put(name, view, replaces=True)

    def drop(self, name: str, is_global: bool = False) -> bool:
        """Forget a view; whether there was one."""
        return (self._global if is_global else self._local).drop(name)

    def find(self, name_parts: tuple[str, ...]) -> Relation | None:
        """The plan of a view under its own name as qualifier, None if unknown."""
        *database, name = name_parts
        if [part.lower() for part in database] == [GLOBAL_DATABASE]:
            view = self._global.find(name)
        elif database:
            view = None
        else:
            view = self._local.find(name)
        return None if view is None else SubqueryAlias(view(), name)

    def entries(self, database: str, pattern: str | None) -> Iterator[CatalogEntry]:
        """Global views of `global_temp` when that is meant, then local ones."""
        if database.lower() == GLOBAL_DATABASE:
            for name in matching(self._global.names(), pattern):
                yield CatalogEntry(name, is_global=True)
        for name in matching(self._local.names(), pattern):
            yield CatalogEntry(name, is_global=False)

    def names(self) -> list[str]:
        """All names a query may use."""
        shared = [f"{GLOBAL_DATABASE}.{name}" for name in self._global.names()]
        return self._local.names() + shared

    # --- relations the server keeps for the client --------------------------

    def keep(self, relation_id: str, relation: Relation) -> None:
        """Keep a relation under an id, until it is forgotten."""
        self._relations[relation_id] = relation

    def kept(self, relation_id: str) -> Relation:
        """The relation kept under an id.

        Raises:
            AnalysisError: it was forgotten, as after a foreachBatch call.
        """
        relation = self._relations.get(relation_id)
        if relation is None:
            raise AnalysisError("DATAFRAME_NOT_FOUND", dfId=relation_id)
        return relation

    def forget(self, relation_id: str) -> None:
        """Forget a relation; unknown ids are ignored."""
        self._relations.pop(relation_id, None)

    def _close_over(self, plan: Relation) -> Relation:
        def put_in(node: Any) -> Any:
            if isinstance(node, UnresolvedTable):
                return self.find(node.name_parts) or node
            if isinstance(node, CachedRemoteRelation):
                return self.kept(node.relation_id)
            return node

        closed: Relation = transform_down(plan, put_in)
        return closed


def matching(names: list[str], pattern: str | None) -> list[str]:
    """Names that match Spark's pattern: `*` for anything, `|` between choices."""
    if pattern is None:
        return names
    choices = [choice.strip().lower() for choice in pattern.split("|")]
    return [
        name
        for name in names
        if any(fnmatch.fnmatchcase(name.lower(), choice) for choice in choices)
    ]
