"""The test kit, as a user's test uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import functions as f

import unbounded
from unbounded.errors import AnalysisError, UnboundedError
from unbounded.testing import StreamTest


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = unbounded.connect(
        conf={"spark.sql.session.timeZone": "Europe/Berlin"}, threads=1
    )
    yield session
    session.stop()


@pytest.fixture
def t(spark: Any) -> Iterator[StreamTest]:
    with StreamTest(spark) as test:
        yield test


def by_page(clicks: Any) -> Any:
    return clicks.groupBy("page").count()


def by_hour(clicks: Any) -> Any:
    marked = clicks.withWatermark("time", "10 minutes")
    return marked.groupBy(f.window("time", "1 hour")).count()


def test_rows_added_together_are_one_batch(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(by_page(clicks.to_df()), "update")
    clicks.add("home", "about")
    clicks.add("home")
    t.run_to_here()
    t.expect_batch(("home", 2), ("about", 1))
    clicks.add("home")
    t.run_to_here()
    t.expect_batch(("home", 3))
    assert t.batches == [
        [{"page": "home", "count": 2}, {"page": "about", "count": 1}],
        [{"page": "home", "count": 3}],
    ]


def test_of_update_mode_the_last_row_of_a_key_counts(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(by_page(clicks.to_df()), "update")
    for page in ("home", "about", "home"):
        clicks.add(page)
        t.run_to_here()
    t.expect_rows(("home", 2), ("about", 1), key="page")
    t.expect_state_rows(2)


def test_of_complete_mode_the_last_table_counts(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(by_page(clicks.to_df()), "complete")
    for page in ("home", "about", "home"):
        clicks.add(page)
        t.run_to_here()
    t.expect_rows(("home", 2), ("about", 1))


def test_windows_close_as_the_watermark_passes(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING, time TIMESTAMP")
    t.start(by_hour(clicks.to_df()))
    clicks.add(("home", "2026-01-01 10:30"))
    t.run_to_here()
    t.expect_nothing()
    t.expect_watermark("2026-01-01 10:20")
    clicks.add({"page": "home", "time": "2026-01-01 11:10:01"})
    t.run_to_here()
    t.expect_batch((("2026-01-01 10:00", "2026-01-01 11:00"), 1))
    clicks.add(("late", "2026-01-01 10:59"))
    t.run_to_here()
    t.expect_late_rows(1)


def test_a_claim_that_fails_shows_what_came(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(by_page(clicks.to_df()), "update")
    clicks.add("home")
    t.run_to_here()
    with pytest.raises(AssertionError) as caught:
        t.expect_batch(("home", 2), ("about", 1))
    assert str(caught.value).splitlines() == [
        "expect_batch: other rows",
        "  - page=about count=1",
        "  - page=home count=2",
        "  + page=home count=1",
        "the query so far:",
        "  batch 0:",
        "    page=home count=1",
        "  watermark None, clock 2026-01-01 00:00:00",
    ]


@pytest.mark.parametrize(
    "claim",
    [
        lambda t: t.expect_nothing(),
        lambda t: t.expect_rows(),
        lambda t: t.expect_watermark("2026-01-01"),
        lambda t: t.expect_late_rows(1),
        lambda t: t.expect_state_rows(7),
    ],
)
def test_every_claim_can_fail(claim: Any, t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(by_page(clicks.to_df()), "update")
    clicks.add("home")
    t.run_to_here()
    with pytest.raises(AssertionError, match="the query so far"):
        claim(t)


def test_time_moves_when_the_test_moves_it(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(clicks.to_df().select(f.current_timestamp().alias("now")))
    clicks.add("home")
    t.run_to_here()
    t.expect_batch("2026-01-01 00:00:00")
    t.advance("90 minutes")
    clicks.add("home")
    t.run_to_here()
    t.expect_batch("2026-01-01 01:30:00")


def test_a_restart_goes_on_and_may_bring_another_version(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    frame = clicks.to_df()
    t.start(by_page(frame), "update")
    clicks.add("home", "about")
    t.run_to_here()
    t.restart(by_page(frame.where("page <> 'about'")))
    clicks.add("home", "about")
    t.run_to_here()
    t.expect_batch(("home", 2))


def test_a_restart_that_can_t_be_is_refused(t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(by_page(clicks.to_df()), "update")
    clicks.add("home")
    t.run_to_here()
    with pytest.raises(UnboundedError):
        t.restart(clicks.to_df().groupBy(f.length("page")).count())


@pytest.mark.parametrize("point", ["planned", "delivered"])
def test_a_crash_in_a_batch_changes_nothing_in_the_end(
    point: Any, t: StreamTest
) -> None:
    clicks = t.memory_stream("page STRING")
    t.start(by_page(clicks.to_df()), "update")
    t.crash_in_next_batch(point)
    clicks.add("home")
    t.run_to_here()
    t.crash()
    clicks.add("home")
    t.run_to_here()
    t.expect_rows(("home", 2), key="page")
    ids = [batch_id for batch_id, _ in t.deliveries]
    assert ids == ([0, 1] if point == "planned" else [0, 0, 1])


def test_the_job_s_own_function_gets_each_batch_as_in_production(
    t: StreamTest, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []

    def upsert(frame: Any, batch_id: int) -> None:
        frame.write.mode("append").json(str(tmp_path / "out"))
        seen.append((batch_id, frame.count()))

    clicks = t.memory_stream("page STRING")
    t.start(clicks.to_df(), foreach_batch=upsert)
    t.crash_in_next_batch("delivered")
    clicks.add("home", "about")
    t.run_to_here()
    assert seen == [(0, 2), (0, 2)]
    t.expect_rows("home", "about")


def test_a_job_that_fails_says_why_and_goes_on_after_a_restart(t: StreamTest) -> None:
    numbers = t.memory_stream("n INT")
    t.start(numbers.to_df().selectExpr("10 / n AS tenth"))
    numbers.add(0)
    with pytest.raises(UnboundedError) as caught:
        t.run_to_here()
    assert caught.value.condition == "DIVIDE_BY_ZERO"
    t.restart(numbers.to_df().where("n <> 0").selectExpr("10 / n AS tenth"))
    numbers.add(5)
    t.run_to_here()
    t.expect_rows(2.0)


def test_a_batch_query_is_no_stream(spark: Any, t: StreamTest) -> None:
    with pytest.raises(AnalysisError) as caught:
        t.start(spark.range(3))
    assert caught.value.condition == "WRITE_STREAM_NOT_ALLOWED"


def test_streams_join_and_views_are_seen(spark: Any, t: StreamTest) -> None:
    clicks = t.memory_stream("page STRING")
    spark.createDataFrame(
        [("home", 1)], "page STRING, site INT"
    ).createOrReplaceTempView("sites")
    t.start(clicks.to_df().join(spark.table("sites"), "page"))
    clicks.add("home", "about")
    t.run_to_here()
    t.expect_batch(("home", 1))


def test_nothing_is_left_behind(spark: Any) -> None:
    with StreamTest(spark) as t:
        clicks = t.memory_stream("page STRING")
        t.start(by_page(clicks.to_df()), "update")
        clicks.add("home")
        t.run_to_here()
        folder = Path(t.files.root)
        assert folder.exists()
    assert not folder.exists()
