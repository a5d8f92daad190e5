"""`unbounded checkpoint`: what it shows, and what it finds wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from unbounded.files import LocalFiles

PAGE = Path(__file__).parents[2] / "docs" / "operation.md"


def test_checkpoint_is_shown_by_its_parts(cli: Command, checkpoint: Path) -> None:
    done = cli("checkpoint", "show", str(checkpoint), "--batches", "2")
    assert (done.code, done.err) == (0, "")
    facts, batches, sources, state, files, *_ = done.tables
    facts_of = dict(facts)
    assert facts_of["checkpoint"] == str(checkpoint)
    assert facts_of["planned"] == facts_of["done"] == "0 to 3"
    assert facts_of["running"] == "no"
    assert facts_of["watermark"] == "2026-01-01T00:01:00Z"
    assert facts_of["a start"] == "Batch 4 is next, after the offsets of batch 3."
    assert batches[0] == ["batch", "planned", "watermark", "done", "offsets"]
    assert [row[0] for row in batches[1:]] == ["2", "3"]
    assert batches[1][2:] == ["2026-01-01T00:00:00Z", "yes", '{"logOffset":2}']
    assert sources[1:] == [["0", "0 to 2", '{"logOffset":2}']]
    assert state[1:] == [["0", "stateStoreSave", "default", "key", "count(1)"]]
    assert [row[0] for row in files[1:]] == [
        "offsets",
        "commits",
        "sources",
        "_unbounded",
    ]


def test_batch_that_is_not_done_is_said_to_run_again(
    cli: Command, checkpoint: Path
) -> None:
    (checkpoint / "commits" / "3").unlink()
    facts_of = dict(cli("checkpoint", "show", str(checkpoint)).tables[0])
    assert facts_of["a start"] == "Batch 3 runs again: it was planned and not finished."
    assert (facts_of["planned"], facts_of["done"]) == ("0 to 3", "0 to 2")


def test_start_that_is_refused_is_said_to_be(cli: Command, checkpoint: Path) -> None:
    (checkpoint / "offsets" / "2").unlink()
    facts_of = dict(cli("checkpoint", "show", str(checkpoint)).tables[0])
    assert facts_of["a start"].startswith(
        "A start is refused: [BATCH_METADATA_NOT_FOUND]"
    )


def test_running_query_is_told(cli: Command, checkpoint: Path) -> None:
    with LocalFiles().lock(f"{checkpoint}/_unbounded/lock"):
        facts_of = dict(cli("checkpoint", "show", str(checkpoint)).tables[0])
    assert facts_of["running"] == "yes"


def test_document_has_all_of_it(cli: Command, checkpoint: Path) -> None:
    found = json.loads(cli("checkpoint", "show", str(checkpoint), "--json").out)
    assert (found["planned"], found["done"]) == ([0, 1, 2, 3], [0, 1, 2, 3])
    assert found["sources"] == [
        {"name": "0", "lastLogId": 2, "endOffset": '{"logOffset":2}'}
    ]
    assert found["start"] == {
        "text": "Batch 4 is next, after the offsets of batch 3.",
        "condition": None,
        "batchId": 4,
        "isReplay": False,
        "watermarkMs": 1767225660000,
    }
    assert len(found["batches"][0]["conf"]) == 17


def test_looking_changes_nothing(cli: Command, checkpoint: Path) -> None:
    before = {path: path.stat() for path in checkpoint.rglob("*") if path.is_file()}
    cli("checkpoint", "show", str(checkpoint))
    cli("checkpoint", "verify", str(checkpoint))
    after = {path: path.stat() for path in checkpoint.rglob("*") if path.is_file()}
    assert {p: s.st_mtime_ns for p, s in before.items()} == {
        p: s.st_mtime_ns for p, s in after.items()
    }


@pytest.mark.parametrize("command", ["show", "verify"])
def test_folder_without_a_checkpoint_is_refused(
    cli: Command, tmp_path: Path, command: str
) -> None:
    done = cli("checkpoint", command, str(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert "CHECKPOINT_NOT_FOUND" in done.err


def sample(name: str) -> str:
    """A sample of the page, as it would be of the test's own checkpoint."""
    fence = re.compile(f"```text {name}\n(.*?)```", re.DOTALL)
    found = fence.search(PAGE.read_text("utf-8"))
    assert found is not None
    return found[1]


def told(text: str, checkpoint: Path) -> str:
    """What is shown, but for what differs from run to run."""
    text = text.replace(str(checkpoint), "/data/checkpoint")
    text = re.sub(r"query\t[0-9a-f-]{36}", "query\t…", text)
    return re.sub(r"^(\d\t)20[0-9T:.-]+Z", r"\1…", text, flags=re.MULTILINE)


def test_sample_of_the_page_is_what_is_shown(cli: Command, checkpoint: Path) -> None:
    done = cli("checkpoint", "show", str(checkpoint), "--batches", "2")
    shown = told(done.out, checkpoint)
    assert shown.startswith(told(sample("checkpoint show"), checkpoint))


def test_finding_of_the_page_is_what_is_found(cli: Command, checkpoint: Path) -> None:
    (checkpoint / "offsets" / "2").unlink()
    done = cli("checkpoint", "verify", str(checkpoint))
    finding = told(done.out, checkpoint).splitlines()[0]
    assert finding == sample("checkpoint verify").strip()


# --- verify -------------------------------------------------------------------


def test_whole_checkpoint_is_well(cli: Command, checkpoint: Path) -> None:
    done = cli("checkpoint", "verify", str(checkpoint))
    assert (done.code, done.out) == (0, f"{checkpoint}: all is well.\n")


def test_batch_to_run_again_is_well(cli: Command, checkpoint: Path) -> None:
    (checkpoint / "commits" / "3").unlink()
    assert cli("checkpoint", "verify", str(checkpoint)).code == 0


def newest_segment(checkpoint: Path) -> Path:
    segments = (checkpoint / "_unbounded" / "state").glob("*4*")
    return next(path for path in sorted(segments) if path.name != "manifest")


def ruin(checkpoint: Path, what: str) -> None:
    match what:
        case "offsets":
            (checkpoint / "offsets" / "3").write_text("v1\nnothing")
        case "commits":
            (checkpoint / "commits" / "3").write_text("")
        case "gap":
            (checkpoint / "offsets" / "1").unlink()
        case "no segment":
            newest_segment(checkpoint).unlink()
        case "segment":
            path = newest_segment(checkpoint)
            data = bytearray(path.read_bytes())
            data[100] ^= 1
            path.write_bytes(data)
        case "source log":
            (checkpoint / "sources" / "0" / "1").write_text("v1\n{}")
        case "short source log":
            (checkpoint / "sources" / "0" / "2").unlink()


@pytest.mark.parametrize(
    ("what", "condition"),
    [
        ("offsets", "CHECKPOINT_FILE_DAMAGED"),
        ("commits", "CHECKPOINT_FILE_DAMAGED"),
        ("gap", "BATCH_METADATA_NOT_FOUND"),
        ("no segment", "CANNOT_LOAD_STATE_STORE"),
        ("segment", "STATE_FILE_CORRUPT"),
        ("source log", "CHECKPOINT_FILE_DAMAGED"),
        ("short source log", "SOURCE_OFFSET_UNKNOWN"),
    ],
)
def test_damage_is_found_by_its_condition(
    cli: Command, checkpoint: Path, what: str, condition: str
) -> None:
    ruin(checkpoint, what)
    done = cli("checkpoint", "verify", str(checkpoint))
    assert done.code == 1
    assert done.out.startswith(f"[{condition}")


def test_all_damage_is_found_at_once(cli: Command, checkpoint: Path) -> None:
    ruin(checkpoint, "gap")
    ruin(checkpoint, "source log")
    ruin(checkpoint, "segment")
    done = cli("checkpoint", "verify", str(checkpoint), "--json")
    found = [finding["condition"] for finding in json.loads(done.out)["findings"]]
    assert found == [
        "BATCH_METADATA_NOT_FOUND",
        "STATE_FILE_CORRUPT",
        "CHECKPOINT_FILE_DAMAGED",
    ]


def test_input_of_a_batch_to_run_again_must_be_there(
    cli: Command, checkpoint: Path, tmp_path: Path
) -> None:
    (checkpoint / "commits" / "3").unlink()
    (checkpoint / "offsets" / "3").unlink()
    (checkpoint / "commits" / "2").unlink()
    log = checkpoint / "sources" / "0" / "2"
    log.write_text(log.read_text().replace("/in/2.json", "/in/gone.json"))
    done = cli("checkpoint", "verify", str(checkpoint))
    assert done.code == 1
    assert done.out.startswith("[FAILED_READ_FILE.FILE_NOT_EXIST]")
