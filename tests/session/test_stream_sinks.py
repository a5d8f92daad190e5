"""The sinks a session opens."""

from __future__ import annotations

import pytest

from unbounded.conf import RuntimeConf
from unbounded.parser import parse_plan, parse_schema
from unbounded.plan.commands import WriteStream
from unbounded.plan.relations import LocalRelation, Relation
from unbounded.session import Session, SharedState


def test_console_prints_a_banner_a_table_and_one_blank_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    session = Session(SharedState(new_id=lambda: "id"), "s", "u", RuntimeConf())
    plan = parse_plan("SELECT 1 AS n")
    assert isinstance(plan, Relation)
    rows = session.run(plan).table
    command = WriteStream(LocalRelation(rows), "console", "append")
    sink = session.streams.sinks.opener(command, None)(parse_schema("n INT"), "query")
    sink.write(0, rows, "append")
    sink.commit(0)
    rule = "-" * 43
    table = "+---+\n|  n|\n+---+\n|  1|\n+---+\n"
    assert capsys.readouterr().out == f"{rule}\nBatch: 0\n{rule}\n{table}\n"
