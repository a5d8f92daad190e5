"""Tests of the plans that queries are parsed into: a query, then its tree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.parser.rendering import render_plan
from unbounded.parser import parse_plan

QUERIES = Path(__file__).with_name("parser_plans.sql")


def test_queries_become_these_plans(golden: Callable[[str, str], None]) -> None:
    parts = []
    for query in QUERIES.read_text("utf-8").splitlines():
        parts.append(f"{query}\n{render_plan(parse_plan(query), 2)}\n")
    golden("parser_plans.txt", "\n".join(parts))
