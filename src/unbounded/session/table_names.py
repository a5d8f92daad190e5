"""Table names: what the name of a table stands for in a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unbounded.plan.relations import Relation, SubqueryAlias, UnresolvedDataSource
from unbounded.session.catalog import CURRENT_CATALOG, CURRENT_DATABASE
from unbounded.session.warehouse import Table

__all__ = ["table_name", "table_scan"]


def table_name(parts: Sequence[str]) -> str | None:
    """The name in the one database there is, None if another database is meant."""
    *qualifier, name = parts
    known: tuple[list[str], ...] = (
        [],
        [CURRENT_DATABASE],
        [CURRENT_CATALOG, CURRENT_DATABASE],
    )
    return name.lower() if [part.lower() for part in qualifier] in known else None


def table_scan(
    table: Table, options: Mapping[str, str], is_streaming: bool
) -> Relation:
    """What reads a table's rows, or its rows to come."""
    settings = {**table.options, **options}
    source = UnresolvedDataSource(
        table.format, table.schema, settings, (table.location,), is_streaming
    )
    return SubqueryAlias(source, table.name)
