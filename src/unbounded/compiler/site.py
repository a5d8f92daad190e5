"""Site: one function call where it stands, as a template sees it.

A row of the function tables is a *template*: text with `{0}`, `{1}` for the
compiled arguments, `{args}` for all of them and `{type}` for the result's DuckDB
type, or a function of a `Site` for what depends on types or literals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unbounded.compiler.context import CompileContext
from unbounded.compiler.sql_text import fail
from unbounded.plan.expressions import (
    AggregateCall,
    FunctionCall,
    Literal,
    type_of,
)
from unbounded.types import DataType, duckdb_type

__all__ = ["Site", "Template", "Templates", "fill", "type_of"]


@dataclass(frozen=True, slots=True)
class Site:
    """A call with its arguments already compiled to SQL."""

    call: FunctionCall | AggregateCall
    args: tuple[str, ...]
    context: CompileContext

    @property
    def data_type(self) -> DataType:
        return self.call.data_type

    @property
    def is_distinct(self) -> bool:
        """Whether the call is an aggregate of distinct values."""
        return isinstance(self.call, AggregateCall) and self.call.is_distinct

    @property
    def sql_type(self) -> str:
        return duckdb_type(self.call.data_type)

    def type(self, index: int) -> DataType:
        return type_of(self.call.arguments[index])

    def literal(self, index: int) -> Any:
        """The value of a literal argument; None if it is null or no literal."""
        if index >= len(self.call.arguments):
            return None
        argument = self.call.arguments[index]
        return argument.value if isinstance(argument, Literal) else None

    def fail(
        self,
        condition: str,
        *,
        numbers: Mapping[str, str] | None = None,
        free: str = "",
        **fixed: str,
    ) -> str:
        """SQL that raises `condition` at this call."""
        node_id = self.call.node_id if isinstance(self.call, FunctionCall) else 0
        return fail(condition, node_id, numbers=numbers, free=free, **fixed)


Template = str | Callable[[Site], str]
Templates = Mapping[str, Template]


def fill(template: Template, site: Site) -> str:
    """The SQL of a call."""
    if callable(template):
        return template(site)
    return template.format(*site.args, args=", ".join(site.args), type=site.sql_type)
