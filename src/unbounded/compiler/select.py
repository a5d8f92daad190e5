"""Select: one SELECT being put together, merged with its child where that is safe.

`Filter` over a scan and `Project` over a filter become one level of SQL, not
three. A level takes another clause only while the order in which SQL evaluates
clauses keeps the meaning; else it is wrapped as a subquery.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from unbounded.types import quote_name

__all__ = ["Select", "columns_named"]


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT: `columns` are pairs (SQL, name); names are `column_name`s.

    `passes_through` says that each column is a column of `source` by its own
    name, so a further clause may use these names.
    """

    source: str
    columns: tuple[tuple[str, str], ...]
    where: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    is_distinct: bool = False
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    offset: int | None = None
    is_grouped: bool = False

    @property
    def passes_through(self) -> bool:
        return not self.is_grouped and all(
            sql == quote_name(name) for sql, name in self.columns
        )

    @property
    def is_cut(self) -> bool:
        """Whether rows were dropped by number or by likeness, not by value."""
        return self.limit is not None or self.offset is not None or self.is_distinct

    @property
    def takes_where(self) -> bool:
        return self.passes_through and not self.is_cut and not self.order_by

    @property
    def takes_columns(self) -> bool:
        return self.passes_through and not self.is_cut

    @property
    def takes_order(self) -> bool:
        return self.passes_through and not self.is_cut and not self.order_by

    def wrapped(self) -> Select:
        """The same rows, this SELECT as the source of a new one."""
        names = tuple((quote_name(name), name) for _, name in self.columns)
        return Select(f"({self.sql()})", names)

    def with_columns(self, columns: tuple[tuple[str, str], ...]) -> Select:
        return replace(self, columns=columns)

    def with_where(self, condition: str) -> Select:
        return replace(self, where=(*self.where, condition))

    def sql(self) -> str:
        """The text of the statement."""
        parts = [f"SELECT {self._head()} FROM {self.source}"]
        if self.where:
            conditions = self.where
            if len(conditions) > 1:
                conditions = tuple(f"({c})" for c in conditions)
            parts.append("WHERE " + " AND ".join(conditions))
        if self.group_by:
            parts.append("GROUP BY " + ", ".join(self.group_by))
        if self.having:
            parts.append("HAVING " + " AND ".join(self.having))
        if self.order_by:
            parts.append("ORDER BY " + ", ".join(self.order_by))
        if self.limit is not None:
            parts.append(f"LIMIT {self.limit}")
        if self.offset is not None:
            parts.append(f"OFFSET {self.offset}")
        return " ".join(parts)

    def _head(self) -> str:
        listed = columns_named(self.columns) or '1 AS "no columns"'
        if self.is_distinct:
            return f"DISTINCT {listed}"
        return listed


def columns_named(columns: tuple[tuple[str, str], ...]) -> str:
    """A select list; columns of their own name need no AS."""
    return ", ".join(
        sql if sql == quote_name(name) else f"{sql} AS {quote_name(name)}"
        for sql, name in columns
    )
