"""Session: one client's settings, views, data and queries."""

from unbounded.session.batch import Result
from unbounded.session.catalog import (
    CURRENT_CATALOG,
    CURRENT_DATABASE,
    GLOBAL_DATABASE,
    CatalogEntry,
    ViewCatalog,
)
from unbounded.session.ddl import ddl_of
from unbounded.session.session import Session
from unbounded.session.shared_state import MEMORY_STREAM, SharedState
from unbounded.session.warehouse import Table

__all__ = [
    "CURRENT_CATALOG",
    "CURRENT_DATABASE",
    "GLOBAL_DATABASE",
    "MEMORY_STREAM",
    "CatalogEntry",
    "Result",
    "Session",
    "SharedState",
    "Table",
    "ViewCatalog",
    "ddl_of",
]
