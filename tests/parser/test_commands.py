"""Tests of statements that are not queries."""

from __future__ import annotations

import pytest

from tests.parser.rendering import render_plan
from unbounded.errors import ParseError, UnsupportedError
from unbounded.parser import parse_plan
from unbounded.plan.commands import (
    CreateView,
    DropView,
    ResetConf,
    SetConf,
    ShowTables,
)
from unbounded.plan.relations import UnresolvedDataSource

ZONE = "spark.sql.session.timeZone"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("SET", SetConf()),
        ("SET -v", SetConf()),
        ("set a.b", SetConf("a.b")),
        ("SET a.b=c d", SetConf("a.b", "c d")),
        ("SET a = it's 'any' text = 1 ;", SetConf("a", "it's 'any' text = 1")),
        ("SET a =", SetConf("a", "")),
        ("SET `a b` = `c`", SetConf("a b", "c")),
        ("SET TIME ZONE 'Europe/Berlin'", SetConf(ZONE, "Europe/Berlin")),
        ("SET TIME ZONE LOCAL", ResetConf(ZONE)),
        ("SET TIME ZONE INTERVAL '-3' HOURS", SetConf(ZONE, "-03:00")),
        ("SET TIME ZONE INTERVAL 5 HOURS 30 MINUTES", SetConf(ZONE, "+05:30")),
        ("RESET", ResetConf()),
        ("RESET a.b;", ResetConf("a.b")),
        ("SHOW TABLES", ShowTables()),
        ("SHOW TABLES IN global_temp LIKE 'x*'", ShowTables("x*")),
        ("SHOW VIEWS 'x*'", ShowTables("x*")),
        ("DROP VIEW v", DropView(("v",))),
        ("DROP VIEW IF EXISTS a.`b c`;", DropView(("a", "b c"), True)),
    ],
)
def test_command_is_read(text: str, expected: object) -> None:
    assert parse_plan(text) == expected


@pytest.mark.parametrize(
    "head, is_global, replaces",
    [
        ("CREATE TEMP VIEW", False, False),
        ("create or replace temporary view", False, True),
        ("CREATE OR REPLACE GLOBAL TEMPORARY VIEW", True, True),
    ],
)
def test_temporary_view_is_named_and_may_replace(
    head: str, is_global: bool, replaces: bool
) -> None:
    view = parse_plan(f"{head} v AS SELECT a FROM t")
    assert isinstance(view, CreateView)
    assert (view.name, view.is_global, view.replaces) == ("v", is_global, replaces)
    assert render_plan(view.child) == "Project columns=[a]\n  " + (
        "UnresolvedTable name_parts=['t']"
    )


def test_columns_of_a_view_rename_its_query() -> None:
    view = parse_plan("CREATE TEMP VIEW v (x, `y z`) AS SELECT 1, 2")
    assert isinstance(view, CreateView)
    assert render_plan(view.child).startswith("ToDF names=['x'; 'y z']\n")


def test_view_may_name_a_source() -> None:
    text = "CREATE TEMP VIEW v USING CSV OPTIONS (path '/a', Header = true, 'sep' ';')"
    view = parse_plan(text)
    assert isinstance(view, CreateView)
    assert view.child == UnresolvedDataSource(
        "csv", None, {"header": "true", "sep": ";"}, ("/a",)
    )


@pytest.mark.parametrize(
    "text, condition, offset",
    [
        ("", "PARSE_EMPTY_STATEMENT", 0),
        ("  -- nothing", "PARSE_EMPTY_STATEMENT", 0),
        ("selec 1", "PARSE_SYNTAX_ERROR", 0),
        ("CREATE TEMP VIEW v", "PARSE_SYNTAX_ERROR", 18),
        ("CREATE TEMP VIEW v AS selec 1", "PARSE_SYNTAX_ERROR", 22),
        ("CREATE TEMP VIEW v AS\nSELECT a b c FROM t", "PARSE_SYNTAX_ERROR", 33),
        ("CREATE TEMP VIEW a.b AS SELECT 1", "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", 17),
        ("CREATE TEMP VIEW IF NOT EXISTS v AS SELECT 1", "PARSE_SYNTAX_ERROR", 31),
        ("DROP VIEW a b", "PARSE_SYNTAX_ERROR", 12),
        ("SET a b", "INVALID_SET_SYNTAX", 4),
        ("SET TIME ZONE", "INVALID_SET_SYNTAX", 13),
        ("SHOW TABLES foo", "PARSE_SYNTAX_ERROR", 12),
    ],
)
def test_wrong_statement_is_refused_where_it_is_wrong(
    text: str, condition: str, offset: int
) -> None:
    with pytest.raises(ParseError) as caught:
        parse_plan(text)
    assert (caught.value.condition, caught.value.offset) == (condition, offset)


@pytest.mark.parametrize(
    "text, feature",
    [
        ("INSERT INTO t PARTITION (a = 1) SELECT 2", "INSERT … PARTITION"),
        ("CREATE TABLE t (a INT) CLUSTERED BY (a)", "CREATE TABLE … CLUSTERED"),
        ("CREATE FUNCTION f AS 'x'", "the statement CREATE FUNCTION"),
        ("CREATE VIEW v AS SELECT 1", "CREATE VIEW of a catalog"),
        ("CREATE TEMP VIEW v (a) USING json", "CREATE VIEW … USING with columns"),
        ("DROP SCHEMA t", "the statement DROP SCHEMA"),
        ("EXPLAIN SELECT 1", "the statement EXPLAIN SELECT"),
        ("SHOW DATABASES", "the statement SHOW DATABASES"),
        ("SET VAR x = 1", "the statement SET VAR"),
        ("MERGE INTO t USING u ON a = b", "the statement MERGE INTO"),
    ],
)
def test_statement_we_lack_is_refused_by_name(text: str, feature: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_plan(text)
    assert caught.value.parameters["feature"] == feature
