from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.checkpoint import PINNED_CONFS, OffsetLog, OffsetSeq
from unbounded.checkpoint.offset_log import from_text, to_text
from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles


def test_the_text_has_sparks_shape() -> None:
    offsets = OffsetSeq(('{"logOffset":3}', None), 1000, 2000, {"a": "ü", "b": "2"})
    assert to_text(offsets) == (
        "v1\n"
        '{"batchWatermarkMs":1000,"batchTimestampMs":2000,"conf":{"a":"ü","b":"2"}}\n'
        '{"logOffset":3}\n'
        "-"
    )


@pytest.mark.parametrize(
    "offsets",
    [
        OffsetSeq(()),
        OffsetSeq((None,)),
        OffsetSeq(("3", '{"offset":3,"timestamp":1000}', None), 5, 6, {"k": "v"}),
        OffsetSeq(("3", None), names=("clicks", "orders")),
    ],
)
def test_what_is_written_is_read(offsets: OffsetSeq) -> None:
    assert from_text(to_text(offsets), "/x") == offsets


def test_every_pinned_conf_is_written_by_default() -> None:
    assert from_text(to_text(OffsetSeq(())), "/x").conf == PINNED_CONFS
    assert len(PINNED_CONFS) == 17


def test_the_log_keeps_batches(tmp_path: Path) -> None:
    log = OffsetLog(LocalFiles(), f"{tmp_path}/offsets", purge_count_min=1)
    assert log.latest() is None
    for batch_id in range(3):
        assert log.add(batch_id, OffsetSeq((str(batch_id),)))
    assert not log.add(2, OffsetSeq(("9",)))
    assert log.latest() == (2, OffsetSeq(("2",)))
    assert log.get(0) == OffsetSeq(("0",))
    log.purge_before(2)
    assert log.ids() == [2]
    assert log.get(0) is None


@pytest.mark.parametrize(
    "text",
    [
        "v1",
        "v1\n",
        "v1\n{",
        'v1\n{"batchWatermarkMs":0}',
        'v1\n{"batchWatermarkMs":0,"batchTimestampMs":0,"conf":3}',
        "v1\n[]\n3",
        "v1\n\0\0\0\0",
        'v2\n{"batchWatermarkMs":0,"batchTimestampMs":0,"conf":{}}\n3',
        "v2",
    ],
)
def test_a_torn_file_is_damaged_and_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "offsets" / "4"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(CheckpointError) as raised:
        OffsetLog(LocalFiles(), str(path.parent)).latest()
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"
    assert str(path) in raised.value.message
