"""Files that Spark 4.3.0 wrote: we read them, and write the same bytes.

The query read 22 files with odd names, one a batch, and appended to a parquet
folder, with a watermark of two minutes. A few files of its checkpoint and of
its `_spark_metadata` are kept, Hadoop's checksums among them.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from unbounded.checkpoint import (
    PINNED_CONFS,
    CommitLog,
    OffsetLog,
    QueryMetadata,
    commit_log,
    from_uri,
    offset_log,
    query_metadata,
    read_restart,
    to_uri,
)
from unbounded.files import LocalFiles
from unbounded.sinks.file_log import FileStreamSinkLog
from unbounded.sources.file_log import FileStreamSourceLog
from unbounded.testing import ManualClock

SAMPLES = Path(__file__).parent / "samples" / "spark-4.3"
CHECKPOINT = SAMPLES / "checkpoint"
SINK_LOG = SAMPLES / "counts" / "_spark_metadata"

# In the order of their modification times, so of their batches.
NAMES = [
    "plain",
    "sp ace",
    "100%",
    "a#b",
    "é",
    "汉字",
    "q?x=1",
    "semi;colon",
    "plus+and&",
    "br[ack]{et}",
    "quote\"s'",
    "tilde~^|`",
    "back\\slash",
    "ctl\x01tab\tx",
    "nb\u00a0sp",
    "emoji😀",
    "e\u0301comb",
    "%41",
    "\u2028sep",
    "lt<gt>",
    "sm\u00adshy",
    "Ünï_.._x",
]


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    return str(shutil.copytree(CHECKPOINT, tmp_path / "checkpoint"))


def test_the_query_has_its_id(checkpoint: str) -> None:
    query_id = QueryMetadata.load_or_create(LocalFiles(), checkpoint, lambda: "new")
    expected = (CHECKPOINT / "metadata").read_bytes()
    assert query_metadata.to_bytes(QueryMetadata(query_id)) == expected


@pytest.mark.parametrize("batch_id", [0, 20, 21])
def test_offsets_are_read_and_written_to_the_byte(batch_id: int) -> None:
    log = OffsetLog(LocalFiles(), str(CHECKPOINT / "offsets"))
    offsets = log.get(batch_id)
    assert offsets is not None
    assert offsets.offsets == (f'{{"logOffset":{batch_id}}}',)
    expected = (CHECKPOINT / "offsets" / str(batch_id)).read_text("utf-8")
    assert offset_log.to_text(offsets) == expected


def test_the_pinned_settings_are_sparks_in_sparks_order() -> None:
    offsets = OffsetLog(LocalFiles(), str(CHECKPOINT / "offsets")).get(0)
    assert offsets is not None
    assert list(offsets.conf) == list(PINNED_CONFS)
    assert offsets.conf == {**PINNED_CONFS, "spark.sql.shuffle.partitions": "2"}


@pytest.mark.parametrize("batch_id", [0, 20, 21])
def test_commits_are_read_and_written_to_the_byte(batch_id: int) -> None:
    log = CommitLog(LocalFiles(), str(CHECKPOINT / "commits"))
    metadata = log.get(batch_id)
    assert metadata is not None
    expected = (CHECKPOINT / "commits" / str(batch_id)).read_text("utf-8")
    assert commit_log.to_text(metadata) == expected


def test_the_query_goes_on_after_its_last_batch(checkpoint: str) -> None:
    files = LocalFiles()
    restart = read_restart(
        OffsetLog(files, f"{checkpoint}/offsets"),
        CommitLog(files, f"{checkpoint}/commits"),
        checkpoint,
    )
    assert restart.batch_id == 22
    assert restart.start is not None
    assert restart.start.offsets == ('{"logOffset":21}',)
    assert restart.replay is None
    # The event time of batch 21's only row, less two minutes.
    assert restart.watermark_ms == 1_767_225_600_000 + (21 - 2) * 60_000


def test_every_seen_file_is_read_under_its_name(checkpoint: str) -> None:
    log = FileStreamSourceLog(
        LocalFiles(), f"{checkpoint}/sources/0", ManualClock(1_767_225_700_000)
    )
    entries = log.all_entries()
    assert [entry.path for entry in entries] == [
        f"/data/stream/in/{name}.json" for name in NAMES
    ]
    assert [entry.batch_id for entry in entries] == list(range(22))
    assert [log.get(batch_id)[0] for batch_id in range(22)] == entries


def test_seen_files_are_written_to_the_byte(tmp_path: Path, checkpoint: str) -> None:
    clock = ManualClock()
    theirs = FileStreamSourceLog(LocalFiles(), f"{checkpoint}/sources/0", clock)
    ours = FileStreamSourceLog(LocalFiles(), f"{tmp_path}/ours", clock)
    for batch_id in range(22):
        ours.add(batch_id, theirs.get(batch_id))
    for name in ("9.compact", "18", "19.compact", "20", "21"):
        expected = (CHECKPOINT / "sources/0" / name).read_bytes()
        assert (tmp_path / "ours" / name).read_bytes() == expected


def test_output_files_are_read_and_written_to_the_byte(tmp_path: Path) -> None:
    clock = ManualClock()
    theirs = FileStreamSinkLog(LocalFiles(), str(SINK_LOG.parent), clock)
    statuses = theirs.all_files()
    assert len(statuses) == 22
    ours = FileStreamSinkLog(LocalFiles(), str(tmp_path), clock)
    for batch_id, status in enumerate(statuses):
        ours.add(batch_id, [status])
    for name in ("9.compact", "18", "19.compact", "20", "21"):
        expected = (SINK_LOG / name).read_bytes()
        assert (tmp_path / "_spark_metadata" / name).read_bytes() == expected


def test_a_checksum_of_hadoop_goes_with_its_file(checkpoint: str) -> None:
    log = OffsetLog(LocalFiles(), f"{checkpoint}/offsets", purge_count_min=1)
    log.purge_before(22)
    assert LocalFiles().list_names(f"{checkpoint}/offsets") == []


def test_the_uri_of_each_name_is_its_own_inverse() -> None:
    for name in NAMES:
        assert from_uri(to_uri(f"/in/{name}")) == f"/in/{name}"


# ── the samples of docs/checkpoint-format.md ─────────────────────────────────

PAGE = Path(__file__).parents[2] / "docs" / "checkpoint-format.md"
DOCUMENTED = dict(
    re.findall(r"```text (\S+)\n(.*?)\n```", PAGE.read_text("utf-8"), re.S)
)


def _write_documented(folder: Path) -> Path:
    for name, text in DOCUMENTED.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_the_page_shows_each_kind_of_file() -> None:
    assert set(DOCUMENTED) == {
        "metadata",
        "offsets/7",
        "offsets/8",
        "commits/7",
        "sources/0/3",
        "_spark_metadata/3",
    }


def test_the_samples_of_the_page_are_written_to_the_byte(tmp_path: Path) -> None:
    files, clock = LocalFiles(), ManualClock()
    page, ours = _write_documented(tmp_path / "page"), tmp_path / "ours"
    query_id = QueryMetadata.load_or_create(files, str(page), lambda: "new")
    QueryMetadata.load_or_create(files, str(ours), lambda: query_id)
    offsets = OffsetLog(files, f"{page}/offsets").get(7)
    assert offsets is not None
    assert offsets.offsets[1] is None
    OffsetLog(files, f"{ours}/offsets").add(7, offsets)
    named = OffsetLog(files, f"{page}/offsets").get(8)
    assert named is not None
    assert named.names == ("clicks", "orders")
    OffsetLog(files, f"{ours}/offsets").add(8, named)
    committed = CommitLog(files, f"{page}/commits").get(7)
    assert committed is not None
    CommitLog(files, f"{ours}/commits").add(7, committed)
    seen = FileStreamSourceLog(files, f"{page}/sources/0", clock).get(3)
    FileStreamSourceLog(files, f"{ours}/sources/0", clock).add(3, seen)
    statuses = FileStreamSinkLog(files, str(page), clock).get(3)
    assert seen
    assert statuses
    FileStreamSinkLog(files, str(ours), clock).add(3, statuses)
    for name, text in DOCUMENTED.items():
        assert (ours / name).read_text("utf-8") == text
