"""A way from SQL text to rows: parser, analyzer, compiler and engine, no session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from unbounded.analyzer import analyze
from unbounded.compiler import (
    MACROS,
    CompileContext,
    compile_query,
    compile_show_cells,
)
from unbounded.engine import Cursor, Database, EngineSettings, align
from unbounded.parser import parse_plan
from unbounded.plan.relations import (
    Limit,
    LocalRelation,
    Relation,
    output_of,
    schema_of,
)
from unbounded.plan.tree import walk
from unbounded.table_text import render_table


class Catalog:
    """A catalog without tables."""

    def __init__(self, zone: str) -> None:
        self.zone = zone

    def conf(self, key: str) -> str:
        return {
            "spark.sql.session.timeZone": self.zone,
            "spark.sql.caseSensitive": "false",
            "spark.sql.ansi.enabled": "true",
        }[key]

    def table(self, name_parts, is_streaming, options):
        return None

    def function(self, name):
        return None

    def names(self):
        return []


class Answers:
    """Runs SQL text; every answer comes from one cursor with the macros."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor

    def plan(self, sql: str, zone: str = "UTC") -> Relation:
        plan = analyze(parse_plan(sql), Catalog(zone))
        for leaf in walk(plan):
            if isinstance(leaf, LocalRelation):
                table = leaf.table
                if not table.num_columns:
                    table = pa.table({"nothing": [None] * max(table.num_rows, 1)})
                self.cursor.register(f"leaf_{leaf.leaf_id}", table)
        return plan

    def inputs(self, plan: Relation) -> dict[int, str]:
        return {
            leaf.leaf_id: f'"leaf_{leaf.leaf_id}"'
            for leaf in walk(plan)
            if isinstance(leaf, LocalRelation)
        }

    def table(self, sql: str, context: CompileContext | None = None) -> pa.Table:
        context = context or CompileContext()
        plan = self.plan(sql, context.time_zone)
        text = compile_query(plan, self.inputs(plan), context)
        return align(self.cursor.query(text), schema_of(output_of(plan)))

    def rows(self, sql: str, context: CompileContext | None = None) -> list[tuple]:
        table = self.table(sql, context)
        return list(zip(*(c.to_pylist() for c in table.columns), strict=True))

    def shown(self, sql: str, rows: int, truncate: int, is_vertical: bool) -> str:
        plan = self.plan(sql)
        text = compile_show_cells(
            Limit(plan, rows + 1), self.inputs(plan), CompileContext()
        )
        table = self.cursor.query(text)
        cells = list(zip(*(c.to_pylist() for c in table.columns), strict=True))
        names = [column.name for column in output_of(plan)]
        has_more = len(cells) > rows
        return render_table(names, cells[:rows], truncate, is_vertical, has_more)


@contextmanager
def open_answers() -> Iterator[Answers]:
    """Answers of a database of their own."""
    database = Database.open(EngineSettings(threads=1))
    cursor = database.cursor()
    for macro in MACROS:
        cursor.execute(macro)
    yield Answers(cursor)
    database.close()
