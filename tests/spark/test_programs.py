"""Programs: each gives the same answer here and on real Spark, asked now.

A program is a file under `programs/` with a function `run(spark, folder)` in plain
PySpark; it returns rows in an order of its own making. Real Spark is started
once, in another process. What it once answered is replayed without it by
`tests/golden/test_programs.py`.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import unbounded
from tests.spark.rows import difference, is_same, plain
from tests.spark.spark_process import (
    PROGRAMS,
    SparkProcess,
    program_file,
    recorded,
)

# The fixed sample that .ci/run compares at every landing.
SAMPLE = {
    "agg_first_last_collect",
    "agg_grouping_sets",
    "agg_having",
    "agg_key_types",
    "agg_statistics",
    "agg_sum_avg_types",
    "batch_functions",
    "chain_windows",
    "dedup_watermark_time",
    "dedup_within_boundary",
    "error_conditions",
    "file_sink",
    "output_schemas",
    "read_csv_malformed",
    "read_json_malformed",
    "read_parquet_types",
    "read_partitioned",
    "refuse_modes",
    "refuse_shapes",
    "restart_failed_batch",
    "restart_key_changed",
    "session_gap_of_row",
    "session_merged",
    "sort_limit_complete",
    "state_read_counts",
    "stream_overflow_ends_query",
    "stream_select_expressions",
    "watermark_late_rows",
    "watermark_policies",
    "window_time_of_groups",
}


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkProcess]:
    with SparkProcess(tmp_path_factory.mktemp("oracle") / "spark.log") as process:
        yield process


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = unbounded.connect()
    yield session
    session.stop()


def marked(program: str) -> Any:
    marks = [pytest.mark.sample] if program in SAMPLE else []
    return pytest.param(program, marks=marks)


@pytest.mark.parametrize("program", [marked(program) for program in PROGRAMS])
def test_program_answers_as_on_spark(
    program: str, oracle: SparkProcess, spark: Any, tmp_path: Path
) -> None:
    folders = tmp_path / "spark", tmp_path / "unbounded"
    for folder in folders:
        folder.mkdir()
    expected = oracle.answer(program, folders[0])
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    run = runpy.run_path(str(program_file(program)))["run"]
    found = plain(run(spark, str(folders[1])))
    assert is_same(expected, found), f"\n{program}:\n{difference(expected, found)}"
    kept = recorded(program)
    assert is_same(kept, expected), f"recorded:\n{difference(kept, expected)}"


def test_sample_is_thirty_programs() -> None:
    assert len(SAMPLE) == 30
    assert set(PROGRAMS) >= SAMPLE
