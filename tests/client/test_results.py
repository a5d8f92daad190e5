from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from unbounded.connect.results import in_time_zone


@pytest.mark.parametrize("act", ["collect", "toPandas", "toArrow", "show", "count"])
def test_empty_result_can_be_read(spark: Any, act: str) -> None:
    getattr(spark.range(0), act)()


def test_catalog_call_without_an_answer_can_be_read(spark: Any) -> None:
    spark.catalog.setCurrentDatabase("default")
    spark.catalog.refreshByPath("nowhere")


def test_result_of_several_batches_is_whole(spark: Any) -> None:
    # 24 MB of numbers, above the bytes of one batch.
    table = spark.range(3_000_000).toArrow()
    assert table.num_rows == 3_000_000
    assert table.column(0)[2_999_999].as_py() == 2_999_999


def test_local_iterator_may_be_left_early(spark: Any) -> None:
    rows = spark.range(3_000_000).toLocalIterator()
    assert next(rows).id == 0
    rows.close()
    assert spark.range(2).count() == 2


def test_sum_of_longs_is_a_long_for_the_client(spark: Any) -> None:
    from pyspark.sql import functions as F

    (row,) = spark.range(4).agg(F.sum("id").alias("s")).collect()
    assert (row.s, type(row.s)) == (6, int)


def test_rows_come_back_as_they_were_given(spark: Any) -> None:
    from datetime import date, datetime
    from decimal import Decimal

    row = (
        1,
        "a",
        2.5,
        True,
        date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 6),
        Decimal("1.20"),
        bytearray(b"xy"),
        [1, None],
        {"k": 1},
        (1, "z"),
        None,
    )
    schema = (
        "i INT, s STRING, d DOUBLE, b BOOLEAN, day DATE, t TIMESTAMP_NTZ, "
        "n DECIMAL(10,2), x BINARY, l ARRAY<INT>, m MAP<STRING,INT>, "
        "st STRUCT<a:INT,b:STRING>, v STRING"
    )
    (back,) = spark.createDataFrame([row], schema).collect()
    assert tuple(back) == row


def test_timestamps_are_in_the_session_time_zone(spark: Any) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    frame = spark.sql("SELECT TIMESTAMP '2026-01-02 00:00:00' AS t").toPandas()
    assert str(frame.t[0]) == "2026-01-02 00:00:00"


def test_zone_is_put_on_nested_timestamps() -> None:
    instant = pa.timestamp("us", "UTC")
    nested = pa.struct([pa.field("l", pa.list_(instant)), pa.field("n", pa.int32())])
    table = pa.table({"x": pa.array([{"l": [0], "n": 1}], nested)})
    zoned = in_time_zone(table, "Asia/Tokyo")
    assert zoned.schema.field("x").type.field("l").type.value_type.tz == "Asia/Tokyo"


def test_large_local_relation_is_sent_in_parts(spark: Any) -> None:
    rows = [(i, "x" * 100) for i in range(20_000)]
    frame = spark.createDataFrame(rows, "i INT, s STRING")
    assert frame.count() == 20_000


def test_boolean_options_may_be_written_as_python_does(
    spark: Any, tmp_path: Any
) -> None:
    (tmp_path / "a.json").write_text('{\n"a": 1}')
    reader = spark.read.schema("a INT").option("multiLine", True)
    assert reader.json(str(tmp_path)).collect()[0].a == 1
