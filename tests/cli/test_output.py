"""Tables, framed in a terminal and plain in a pipe."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from unbounded.cli.output import Table, show_facts, show_table

TABLE = Table("Batches", ("batch", "offsets"), [("1", '[x] {"a":\n1}')], ("batch",))


def test_pipe_gets_a_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(TABLE)
    assert capsys.readouterr().out == 'batch\toffsets\n1\t[x] {"a": 1}\n\n'


def test_facts_in_a_pipe_are_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    show_facts([("query", "a b"), ("running", "no")])
    assert capsys.readouterr().out == "query\ta b\nrunning\tno\n\n"


def test_terminal_gets_frames_and_the_text_as_it_is() -> None:
    shown = io.StringIO()
    Console(file=shown, width=60).print(TABLE.framed)
    lines = shown.getvalue().splitlines()
    assert lines[0].strip() == "Batches"
    assert any("[x]" in line and line.startswith("│") for line in lines)


def test_someone_at_a_terminal_sees_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("unbounded.cli.output.is_terminal", lambda: True)
    show_table(TABLE)
    show_facts([("query", "[a]")])
    out = capsys.readouterr().out
    assert "│" in out
    assert "query  [a]" in out
