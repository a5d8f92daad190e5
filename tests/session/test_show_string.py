"""The texts are what Spark 4.3 printed for the same rows."""

from __future__ import annotations

import pytest

from unbounded.parser import parse_plan
from unbounded.plan.relations import Relation, ShowString
from unbounded.session import Session

TWO_ROWS = """
SELECT * FROM VALUES
    (1, 'short', 1.5D), (null, 'a much longer text than twenty', 1e7D) AS t(i, s, d)
"""
NO_ROWS = f"SELECT * FROM ({TWO_ROWS}) WHERE false"


def show(
    session: Session,
    sql: str = TWO_ROWS,
    rows: int = 20,
    truncate: int = 20,
    vertical: bool = False,
) -> str:
    plan = parse_plan(sql)
    assert isinstance(plan, Relation)
    result = session.run(ShowString(plan, rows, truncate, vertical))
    text: str = result.table.column("show_string")[0].as_py()
    return text


def test_grid_is_sparks(session: Session) -> None:
    assert show(session) == (
        "+----+--------------------+-----+\n"
        "|   i|                   s|    d|\n"
        "+----+--------------------+-----+\n"
        "|   1|               short|  1.5|\n"
        "|NULL|a much longer tex...|1.0E7|\n"
        "+----+--------------------+-----+\n"
    )


def test_values_are_left_when_nothing_is_cut(session: Session) -> None:
    assert show(session, truncate=0).splitlines()[3:5] == [
        "|1   |short                         |1.5  |",
        "|NULL|a much longer text than twenty|1.0E7|",
    ]


def test_vertical_is_sparks(session: Session) -> None:
    assert show(session, vertical=True) == (
        "-RECORD 0-------------------\n"
        " i   | 1                    \n"
        " s   | short                \n"
        " d   | 1.5                  \n"
        "-RECORD 1-------------------\n"
        " i   | NULL                 \n"
        " s   | a much longer tex... \n"
        " d   | 1.0E7                \n"
    )


def test_more_rows_than_shown_are_said(session: Session) -> None:
    text = show(session, rows=1)
    assert text.endswith("+---+-----+---+\nonly showing top 1 row")


def test_negative_number_of_rows_is_none(session: Session) -> None:
    assert show(session, rows=-1).endswith("only showing top 0 rows")


def test_no_rows_are_an_empty_grid(session: Session) -> None:
    assert show(session, NO_ROWS) == (
        "+---+---+---+\n|  i|  s|  d|\n+---+---+---+\n+---+---+---+\n"
    )


def test_no_rows_are_said_when_vertical(session: Session) -> None:
    assert show(session, NO_ROWS, vertical=True) == "(0 rows)"


def test_cells_are_in_the_session_time_zone(session: Session) -> None:
    session.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    text = show(session, "SELECT TIMESTAMP '2026-01-02 03:04:05.120Z' AS t", truncate=0)
    assert "|2026-01-02 12:04:05.12|" in text


@pytest.mark.parametrize(
    "sql, cell",
    [
        ("array(1, null)", "[1, NULL]"),
        ("map('k', 1.0D)", "{k -> 1.0}"),
        ("named_struct('a', 1, 'b', null)", "{1, NULL}"),
        ("X'616263'", "[61 62 63]"),
        ("CAST(1.20 AS DECIMAL(10, 2))", "1.20"),
        ("1e-4D", "1.0E-4"),
        ("123456789.0D", "1.23456789E8"),
        ("CAST(0.1 AS FLOAT)", "0.1"),
        ("true", "true"),
    ],
)
def test_cell_is_written_as_spark_does(session: Session, sql: str, cell: str) -> None:
    assert show(session, f"SELECT {sql} AS c").splitlines()[3].strip("| ") == cell
