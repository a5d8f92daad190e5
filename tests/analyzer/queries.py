"""Queries: plans as a client sends them, and a catalog to analyze them with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from unbounded.analyzer import analyze
from unbounded.parser import parse_expression, parse_plan, parse_schema
from unbounded.plan.expressions import (
    Alias,
    Expression,
    UnresolvedAttribute,
    UnresolvedFunction,
)
from unbounded.plan.python_functions import PythonFunction
from unbounded.plan.relations import Relation, UnresolvedDataSource, output_of
from unbounded.types import StructField, StructType

_TYPES = (
    "b boolean, y tinyint, h smallint, i int, l bigint, f float, d double,"
    " c10 decimal(10,2), c38 decimal(38,18), s string, x binary, dt date,"
    " ts timestamp, ntz timestamp_ntz, ia array<int>, sa array<string>,"
    " m map<string,int>, st struct<p:int,q:string>,"
    " ast array<struct<p:int,q:string>>, dti interval day to second,"
    " ymi interval year to month"
)


def every_type() -> StructType:
    """A column of each type, nullable, then each again as `<name>_nn`, not null."""
    fields = parse_schema(_TYPES).fields
    required = (StructField(f"{f.name}_nn", f.data_type, False) for f in fields)
    return StructType((*fields, *required))


def source(schema: str | StructType, *, is_streaming: bool = False) -> Relation:
    columns = parse_schema(schema) if isinstance(schema, str) else schema
    return UnresolvedDataSource("test", columns, is_streaming=is_streaming)


def stream(schema: str = "time TIMESTAMP, action STRING, value INT") -> Relation:
    return source(schema, is_streaming=True)


@dataclass
class Catalog:
    """Views by name and the settings that differ from Spark's defaults."""

    views: Mapping[str, Relation] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def conf(self, key: str) -> str:
        return self.settings.get(key, "false")

    def table(
        self,
        name_parts: tuple[str, ...],
        is_streaming: bool,
        options: Mapping[str, str],
    ) -> Relation | None:
        return self.views.get(name_parts[-1])

    def source_schema(self, source: UnresolvedDataSource) -> StructType:
        assert source.schema is not None
        return source.schema

    def cached_relation(self, relation_id: str) -> Relation:
        return self.views[relation_id]

    def function(self, name: str) -> PythonFunction | None:
        return None

    def names(self) -> Sequence[str]:
        return tuple(self.views)


def resolved(plan: Relation, catalog: Catalog | None = None) -> Relation:
    return analyze(plan, catalog or Catalog())


def sql(text: str, **views: Relation) -> Relation:
    """The analyzed query over views given as plans."""
    plan = parse_plan(text)
    assert isinstance(plan, Relation)
    return analyze(plan, Catalog(views))


def columns(plan: Relation) -> list[str]:
    """`name type` of each output column, `not null` where that is so."""
    return [
        f"{a.name} {a.data_type.simple_string}{'' if a.nullable else ' not null'}"
        for a in output_of(plan)
    ]


def column(name: str, plan_id: int | None = None) -> UnresolvedAttribute:
    return UnresolvedAttribute((name,), plan_id)


def expr(text: str) -> Expression:
    return parse_expression(text)


def call(name: str, *arguments: Expression) -> UnresolvedFunction:
    return UnresolvedFunction(name, arguments)


def named(expression: Expression, name: str) -> Alias:
    return Alias(expression, (name,))
