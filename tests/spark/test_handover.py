"""Handover: a query over files goes on in real Spark where we left it, and back.

Each leg is the same program on the same checkpoint and output folder, run in
turn by this process and by real Spark in another. One batch reads one file.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import unbounded
from tests.spark import handover
from tests.spark.rows import plain
from tests.spark.spark_process import SparkProcess

FIRST_SECOND = 1_700_000_000
ROWS_PER_FILE = 4
DELAY_MS = 10_000

# What Java writes in a URI in ways of its own, and what a pattern of names means by
# itself. A colon is left out: Spark lists such a file and can't read it.
ODD_NAMES = [
    "sp ace", "100%", "%41", "é", "e\u0301", "汉字", "a#b", "a+b", "a&b=c", "q?x",
    "[x]", "{a,b}", "st*r", "tilde~", "semi;colon", "qu'ote", 'dou"ble',
    "back\\slash", "pipe|", "🙂", "caret^", "no\u00a0break",
]  # fmt: skip
ENGINES = {"ours": ["ours", "Spark"], "Spark": ["Spark", "ours"]}
ODD_KINDS = ["plain", "sp ace", "x/y", "100%", "é", "汉字", "a=b", "#:?*[]", None]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkProcess]:
    with SparkProcess(tmp_path_factory.mktemp("oracle") / "spark.log") as process:
        yield process


@pytest.fixture(scope="module")
def ours() -> Iterator[Any]:
    session = unbounded.connect()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    yield session
    session.stop()


class Handover:
    """One query's folders, and what has gone into them."""

    def __init__(
        self, folder: Path, oracle: SparkProcess, ours: Any, **leg: Any
    ) -> None:
        self._folder = folder
        self._oracle = oracle
        self._ours = ours
        self.input = folder / "in put é#%41"
        self.output = folder / "out put 汉#%41"
        self.checkpoint = folder / "check point é#%41"
        self.input.mkdir()
        self._leg = {
            "format": "parquet",
            "partitioned": False,
            "refused": None,
            "input": str(self.input),
            "output": str(self.output),
            "checkpoint": str(self.checkpoint),
            **leg,
        }
        self.file_count = 0
        self.query_ids: set[str] = set()

    def add_files(self, count: int) -> None:
        for _ in range(count):
            self._add_file(self.file_count)
            self.file_count += 1

    def _add_file(self, number: int) -> None:
        """Rows of one second each, in a file a second newer than the one before."""
        rows = [
            {"n": n, "time": f"{time_of(n):%Y-%m-%dT%H:%M:%SZ}", "kind": kind_of(n)}
            for n in range(number * ROWS_PER_FILE, (number + 1) * ROWS_PER_FILE)
        ]
        hidden = self._folder / "next"
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        hidden.write_text(text, "utf-8")
        seconds = FIRST_SECOND + number
        os.utime(hidden, (seconds, seconds))
        odd = ODD_NAMES[number % len(ODD_NAMES)]
        hidden.rename(self.input / f"{odd} {number}.json")

    def run(self, engine: str, *, refused: int | None = None) -> tuple[list[int], str]:
        """The batches of one leg and its end; by then nothing is lost or doubled."""
        partitions = 3 if not self.checkpoint.exists() else 5
        leg = {**self._leg, "refused": refused, "partitions": partitions}
        (self._folder / "leg.json").write_text(json.dumps(leg), "utf-8")
        if engine == "Spark":
            answer = self._oracle.answer("../handover", self._folder)
        else:
            answer = plain(handover.run(self._ours, str(self._folder)))
        query_id, batch_ids, ended, rows = answer
        self.query_ids.add(query_id)
        if ended == "done":
            assert rows == expected_rows(self.file_count), f"after a leg of {engine}"
        return batch_ids, ended

    def forget_commit(self, batch_id: int) -> None:
        """As a crash before `commits/N` leaves it, the sink's log written."""
        for name in (f"{batch_id}", f".{batch_id}.crc"):
            (self.checkpoint / "commits" / name).unlink(missing_ok=True)

    def offsets(self) -> list[list[Any]]:
        """Each batch's watermark, number of partitions and offset, by batch id."""
        found = []
        folder = self.checkpoint / "offsets"
        for batch_id in range(len(log_names(folder))):
            version, head, offset = (folder / str(batch_id)).read_text().split("\n")
            assert version == "v1"
            fields = json.loads(head)
            partitions = fields["conf"]["spark.sql.shuffle.partitions"]
            watermark_ms = fields["batchWatermarkMs"]
            found.append([watermark_ms, partitions, json.loads(offset)["logOffset"]])
        return found


def time_of(n: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(FIRST_SECOND + n, datetime.UTC)


def kind_of(n: int) -> str | None:
    return ODD_KINDS[n % len(ODD_KINDS)]


def expected_rows(file_count: int) -> list[Any]:
    return [
        [
            n,
            f"datetime {time_of(n).replace(tzinfo=None).isoformat()}",
            kind_of(n),
            2 * n,
        ]
        for n in range(file_count * ROWS_PER_FILE)
        if n % 3
    ]


def expected_offsets(file_count: int) -> list[list[Any]]:
    """A batch runs with the watermark that the files before it have set."""
    watermarks = [0]
    for number in range(1, file_count):
        newest = max(n for n in range(number * ROWS_PER_FILE) if n % 3)
        watermarks.append((FIRST_SECOND + newest) * 1000 - DELAY_MS)
    return [[ms, "3", batch_id] for batch_id, ms in enumerate(watermarks)]


def log_names(folder: Path) -> list[str]:
    names = (file.name for file in folder.iterdir())
    return sorted(name for name in names if not name.startswith("."))


def compact_ids(folder: Path) -> list[int]:
    files = folder.glob("[0-9]*.compact")
    return sorted(int(file.name.removesuffix(".compact")) for file in files)


@pytest.mark.parametrize(
    "first, form, is_partitioned",
    [
        ("ours", "parquet", False),
        ("Spark", "json", False),
        ("Spark", "parquet", True),
        ("ours", "json", True),
    ],
)
def test_query_goes_on_where_the_other_engine_left_it(
    first: str,
    form: str,
    is_partitioned: bool,
    oracle: SparkProcess,
    ours: Any,
    tmp_path: Path,
) -> None:
    """Five legs, seven batches each: both write compact files of both logs."""
    query = Handover(tmp_path, oracle, ours, format=form, partitioned=is_partitioned)
    for leg in range(5):
        query.add_files(7)
        done, ended = query.run(ENGINES[first][leg % 2])
        assert ended == "done"
        assert done == list(range(7 * leg, 7 * leg + 7))
    assert len(query.query_ids) == 1
    assert query.offsets() == expected_offsets(35)
    # 9 is from the second leg, 19 from the third, 29 from the fifth.
    assert compact_ids(query.checkpoint / "sources" / "0") == [9, 19, 29]
    assert compact_ids(query.output / "_spark_metadata") == [9, 19, 29]


@pytest.mark.parametrize("first", ["ours", "Spark"])
def test_batch_that_one_engine_planned_is_run_by_the_other(
    first: str, oracle: SparkProcess, ours: Any, tmp_path: Path
) -> None:
    """The first fails in batch 2; the second runs it, with the files then planned."""
    query = Handover(tmp_path, oracle, ours)
    query.add_files(4)
    done, ended = query.run(ENGINES[first][0], refused=2 * ROWS_PER_FILE)
    assert ended.startswith("StreamingQueryException")
    assert done == [0, 1]
    assert log_names(query.checkpoint / "offsets") == ["0", "1", "2"]
    assert log_names(query.checkpoint / "commits") == ["0", "1"]
    assert query.run(ENGINES[first][1]) == ([2, 3], "done")
    assert len(query.query_ids) == 1
    assert query.offsets() == expected_offsets(4)


@pytest.mark.parametrize("first", ["ours", "Spark"])
def test_batch_that_one_engine_wrote_is_not_written_again_by_the_other(
    first: str, oracle: SparkProcess, ours: Any, tmp_path: Path
) -> None:
    """As after a crash between the sink's log and `commits/2`.

    Spark doesn't read the rows of such a batch, so its watermark then stays behind.
    """
    query = Handover(tmp_path, oracle, ours)
    query.add_files(3)
    assert query.run(ENGINES[first][0]) == ([0, 1, 2], "done")
    query.forget_commit(2)
    query.add_files(1)
    assert query.run(ENGINES[first][1]) == ([2, 3], "done")
    assert log_names(query.checkpoint / "commits") == ["0", "1", "2", "3"]
    assert log_names(query.output / "_spark_metadata") == ["0", "1", "2", "3"]
    offsets = expected_offsets(4)
    if ENGINES[first][1] == "Spark":
        offsets[3][0] = offsets[2][0]
    assert query.offsets() == offsets
