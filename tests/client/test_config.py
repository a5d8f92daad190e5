from __future__ import annotations

import logging
from typing import Any

import pytest
from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.errors.exceptions.base import SparkNoSuchElementException
from pyspark.sql import SparkSession

import unbounded
from unbounded.connect.client_changes import channel_of
from unbounded.errors import IllegalArgumentError

CLIENT_NUMBERS = [
    "spark.sql.session.localRelationCacheThreshold",
    "spark.sql.session.localRelationSizeLimit",
    "spark.sql.session.localRelationChunkSizeRows",
    "spark.sql.session.localRelationChunkSizeBytes",
    "spark.sql.session.localRelationBatchOfChunksSizeBytes",
]


def test_value_set_is_read_back(spark: Any) -> None:
    spark.conf.set("my.own.key", "v")
    assert spark.conf.get("my.own.key") == "v"


def test_unset_gives_the_default_back(spark: Any) -> None:
    spark.conf.set("spark.sql.shuffle.partitions", "3")
    spark.conf.unset("spark.sql.shuffle.partitions")
    assert spark.conf.get("spark.sql.shuffle.partitions") == "200"


def test_unknown_key_is_no_such_element(spark: Any) -> None:
    with pytest.raises(SparkNoSuchElementException) as caught:
        spark.conf.get("no.such.key")
    assert caught.value.getCondition() == "SQL_CONF_NOT_FOUND"


def test_default_of_the_caller_goes_first(spark: Any) -> None:
    assert spark.conf.get("no.such.key", "d") == "d"
    assert spark.conf.get("spark.sql.shuffle.partitions", "9") == "9"


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ("spark.sql.warehouse.dir", "CANNOT_MODIFY_STATIC_CONFIG"),
        ("spark.executor.memory", "CANNOT_MODIFY_CONFIG"),
    ],
)
def test_static_key_is_refused(spark: Any, key: str, condition: str) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.conf.set(key, "x")
    assert caught.value.getCondition() == condition


def test_wrong_value_is_refused(spark: Any) -> None:
    with pytest.raises(IllegalArgumentException) as caught:
        spark.conf.set("spark.sql.session.timeZone", "Mars/Base")
    assert caught.value.getCondition() == "INVALID_CONF_VALUE.TIME_ZONE"


def test_is_modifiable_knows_static_keys(spark: Any) -> None:
    assert spark.conf.isModifiable("spark.sql.shuffle.partitions")
    assert not spark.conf.isModifiable("spark.sql.warehouse.dir")
    assert not spark.conf.isModifiable("no.such.key")


def test_get_all_has_defaults(spark: Any) -> None:
    assert spark.conf.getAll["spark.sql.sources.default"] == "parquet"


def test_plan_compression_is_off_and_asked_for_once(spark: Any) -> None:
    spark.range(1).collect()
    assert spark.client._plan_compression_threshold == -1
    assert spark.client._plan_compression_algorithm == "NONE"


@pytest.mark.parametrize("key", CLIENT_NUMBERS)
def test_client_finds_the_numbers_it_needs(spark: Any, key: str) -> None:
    assert int(spark.conf.get(key)) > 0


def test_stack_traces_of_the_server_stay_there(spark: Any) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.table("no_such_view").collect()
    assert "JVM stacktrace" not in str(caught.value)


def test_setting_a_session_began_with_is_its_own() -> None:
    import unbounded

    session = unbounded.connect(conf={"spark.app.name": "mine"})
    try:
        assert session.conf.get("spark.app.name") == "mine"
    finally:
        session.stop()


MEMORY_LIMIT = "unbounded.memory.limit"


def test_memory_limit_is_a_static_setting(spark: Any) -> None:
    assert spark.conf.get(MEMORY_LIMIT) == "60%"
    assert not spark.conf.isModifiable(MEMORY_LIMIT)
    with pytest.raises(AnalysisException) as caught:
        spark.conf.set(MEMORY_LIMIT, "8g")
    assert caught.value.getCondition() == "CANNOT_MODIFY_STATIC_CONFIG"


@pytest.mark.parametrize(
    "settings",
    [{"conf": {MEMORY_LIMIT: "256m"}}, {"memory_limit_bytes": 268435456}],
)
def test_memory_limit_is_given_at_connect(spark: Any, settings: dict[str, Any]) -> None:
    limited = unbounded.connect(**settings)
    try:
        assert limited.conf.get(MEMORY_LIMIT) in ("256m", "268435456")
        sql = "SELECT sum(id) AS total FROM range(10)"
        assert limited.sql(sql).collect()[0].total == 45
        memory = channel_of(limited).servicer.shared.memory
        assert memory.limit_bytes == memory.engine_limit_bytes == 256 << 20
    finally:
        limited.stop()


def test_memory_limit_that_is_none_is_refused_at_connect(spark: Any) -> None:
    with pytest.raises(IllegalArgumentError) as caught:
        unbounded.connect(conf={MEMORY_LIMIT: "a lot"})
    assert caught.value.condition == "INVALID_CONF_VALUE.REQUIREMENT"


def test_memory_limit_in_a_builder_is_ignored_and_said_to_be(
    spark: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "unbounded"):
        builder = SparkSession.builder.config(MEMORY_LIMIT, "2g")
        built = builder.config("spark.executor.memory", "2g").getOrCreate()
    assert built.conf.get(MEMORY_LIMIT) == "60%"
    [warning] = [record.getMessage() for record in caplog.records]
    assert MEMORY_LIMIT in warning
