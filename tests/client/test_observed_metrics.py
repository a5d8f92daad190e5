"""What the client's `observe` tells, of streams and of batches."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.errors import AnalysisException, UnsupportedOperationException
from pyspark.sql import Observation, functions as F

from unbounded.testing import MemoryStream

ROWS = F.count(F.lit(1)).alias("rows")


@pytest.fixture
def stream(spark: Any) -> MemoryStream:
    return MemoryStream(spark, "key STRING, n INT")


def observed(
    stream: MemoryStream, frame: Any, *batches: Any, mode: str = "update"
) -> list[dict[str, Any]]:
    """What each batch's progress says, by name and metric."""
    query = frame.writeStream.format("noop").outputMode(mode).start()
    for batch in batches:
        stream.add_data(batch)
        query.processAllAvailable()
    reports = query.recentProgress
    query.stop()
    return [
        {name: row.asDict() for name, row in report.observedMetrics.items()}
        for report in reports
        if report.numInputRows
    ]


def test_function_of_python_stands_on_either_side(stream: MemoryStream) -> None:
    tenfold = F.udf(lambda n: n * 10, "int")
    frame = (
        stream.to_df()
        .select(tenfold("n").alias("n"))
        .observe("between", F.sum("n").alias("sum"))
        .select(tenfold("n").alias("n"))
        .observe("after", F.sum("n").alias("sum"))
    )
    found = observed(stream, frame, [("a", 1), ("a", 2)])
    assert found == [{"between": {"sum": 30}, "after": {"sum": 300}}]


def test_aggregate_takes_a_function_of_python(stream: MemoryStream) -> None:
    tenfold = F.udf(lambda n: n * 10, "int")
    frame = stream.to_df().observe("seen", F.sum(tenfold("n")).alias("sum"))
    assert observed(stream, frame, [("a", 1), ("a", 2)]) == [{"seen": {"sum": 30}}]


def test_function_of_python_over_an_aggregate_is_refused(stream: MemoryStream) -> None:
    tenfold = F.udf(lambda n: n * 10, "int")
    frame = stream.to_df().observe("seen", tenfold(F.sum("n")))
    with pytest.raises(UnsupportedOperationException, match="outside of an observed"):
        _ = frame.schema


def test_metrics_in_complete_mode_are_those_of_the_batch(stream: MemoryStream) -> None:
    frame = stream.to_df().observe("read", ROWS)
    found = observed(stream, frame, [("a", 1), ("b", 2)], [("c", 3)], mode="complete")
    assert found == [{"read": {"rows": 2}}, {"read": {"rows": 1}}]


def test_frame_of_foreach_batch_is_observed(stream: MemoryStream) -> None:
    seen: list[dict[str, Any]] = []

    def write(frame: Any, batch_id: int) -> None:
        observation = Observation(f"batch {batch_id}")
        frame.observe(observation, ROWS).where("n > 1").collect()
        seen.append(observation.get)

    query = stream.to_df().writeStream.foreachBatch(write).start()
    stream.add_data([("a", 1), ("b", 2)])
    query.processAllAvailable()
    query.stop()
    assert seen == [{"rows": 2}]


def test_shown_frame_is_observed(
    spark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    observation = Observation("shown")
    spark.range(5).observe(observation, ROWS).show(2)
    capsys.readouterr()
    assert observation.get["rows"] == 5


def test_view_may_be_observed_and_used_twice(spark: Any) -> None:
    observation = Observation("twice")
    spark.range(3).observe(observation, ROWS).createOrReplaceTempView("seen")
    assert spark.sql("SELECT * FROM seen a JOIN seen b USING (id)").count() == 3


def test_time_window_in_a_metric_is_refused(spark: Any) -> None:
    frame = spark.sql("SELECT TIMESTAMP'2026-01-01 00:00:00' AS time")
    windows = F.max(F.window("time", "1 hour"))
    with pytest.raises(UnsupportedOperationException, match="time window"):
        _ = frame.observe("windows", windows).schema


def test_name_of_two_observations_is_refused(spark: Any) -> None:
    frame = spark.range(3)
    with pytest.raises(AnalysisException) as error:
        _ = frame.observe("a", ROWS).observe("a", F.max("id")).schema
    assert error.value.getCondition() == "DUPLICATED_METRICS_NAME"
