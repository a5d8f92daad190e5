"""`unbounded state`: operators, and the rows of one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command


def test_operators_are_listed(cli: Command, checkpoint: Path) -> None:
    done = cli("state", "show", str(checkpoint))
    assert done.tables == [
        [
            [
                "operatorId",
                "operatorName",
                "stateStoreName",
                "minBatchId",
                "maxBatchId",
            ],
            ["0", "stateStoreSave", "default", "0", "3"],
        ]
    ]


def test_rows_of_an_operator_are_shown(cli: Command, checkpoint: Path) -> None:
    done = cli("state", "show", str(checkpoint), "--operator", "0")
    ((_, *rows),) = done.tables
    assert sorted(rows) == [["key=a", "count=2"], ["key=b", "count=1"]]


def test_rows_after_an_earlier_batch_are_shown(cli: Command, checkpoint: Path) -> None:
    words = ("--operator", "0", "--batch", "0", "--json")
    done = cli("state", "show", str(checkpoint), *words)
    assert json.loads(done.out) == {"key": {"key": "a"}, "value": {"count": 1}}


def test_rows_are_as_many_as_asked_for(cli: Command, checkpoint: Path) -> None:
    words = ("--operator", "0", "--rows", "1", "--json")
    assert len(cli("state", "show", str(checkpoint), *words).out.splitlines()) == 1


def test_state_that_is_not_there_is_refused(cli: Command, checkpoint: Path) -> None:
    done = cli("state", "show", str(checkpoint), "--operator", "7")
    assert (done.code, done.out) == (2, "")
    assert "0/default" in done.err


def test_folder_without_a_checkpoint_is_refused(cli: Command, tmp_path: Path) -> None:
    done = cli("state", "show", str(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert "CHECKPOINT_NOT_FOUND" in done.err
