"""Every field a client can send is converted, or refused by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest
from pyspark.errors.exceptions.base import UnsupportedOperationException
from pyspark.sql import functions as F
from pyspark.sql.connect.proto import (
    base_pb2,
    catalog_pb2,
    commands_pb2,
    expressions_pb2,
    relations_pb2,
    types_pb2,
)

from unbounded.connect import (
    analyze,
    catalog,
    commands,
    config,
    data_types,
    expressions,
    relations,
    streaming,
)
from unbounded.types import (
    ArrayType,
    DecimalType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
)

UNSUPPORTED_TYPES = {
    "calendar_interval",
    "variant",
    "udt",
    "geometry",
    "geography",
    "time",
}
UNSUPPORTED_LITERALS = {"calendar_interval", "time"}


def fields(message: Any, oneof: str) -> set[str]:
    return {field.name for field in message.DESCRIPTOR.oneofs_by_name[oneof].fields}


ANALYZE = base_pb2.AnalyzePlanRequest
CONFIG = base_pb2.ConfigRequest.Operation
TABLES: list[tuple[Any, str, Iterable[str], Iterable[str]]] = [
    (
        relations_pb2.Relation,
        "rel_type",
        {*relations.CONVERTERS, "catalog"},
        relations.UNSUPPORTED,
    ),
    (
        expressions_pb2.Expression,
        "expr_type",
        expressions.CONVERTERS,
        expressions.UNSUPPORTED,
    ),
    (
        expressions_pb2.Expression.Literal,
        "literal_type",
        expressions.LITERALS,
        UNSUPPORTED_LITERALS,
    ),
    (commands_pb2.Command, "command_type", commands.HANDLERS, commands.UNSUPPORTED),
    (catalog_pb2.Catalog, "cat_type", catalog.CALLS, catalog.UNSUPPORTED),
    (types_pb2.DataType, "kind", data_types.KINDS, UNSUPPORTED_TYPES),
    (ANALYZE, "analyze", analyze.QUESTIONS, ()),
    (CONFIG, "op_type", config.OPERATIONS, ()),
    (
        commands_pb2.WriteStreamOperationStart,
        "trigger",
        set(streaming.TRIGGERS) - {""},
        (),
    ),
    (commands_pb2.StreamingQueryCommand, "command", streaming.QUERY_COMMANDS, ()),
    (
        commands_pb2.StreamingQueryManagerCommand,
        "command",
        streaming.MANAGER_COMMANDS,
        # Of listeners that a server runs; the Python client runs its own.
        {"add_listener", "remove_listener", "list_listeners"},
    ),
]


@pytest.mark.parametrize(
    "message, oneof, converted, refused",
    TABLES,
    ids=[message.DESCRIPTOR.name for message, *_ in TABLES],
)
def test_every_field_is_converted_or_refused(
    message: Any, oneof: str, converted: Iterable[str], refused: Iterable[str]
) -> None:
    assert not set(converted) & set(refused)
    assert fields(message, oneof) == set(converted) | set(refused)


def map_in_arrow(spark: Any) -> Any:
    return spark.range(3).mapInArrow(lambda batches: batches, "id LONG")


REFUSED = [
    (lambda spark: spark.range(3).sample(0.5), "sample"),
    (lambda spark: spark.range(3).describe(), "describe"),
    (lambda spark: spark.range(3).replace(1, 2), "replace"),
]


@pytest.mark.parametrize("build, name", REFUSED, ids=[name for _, name in REFUSED])
def test_refusal_names_the_feature(spark: Any, build: Any, name: str) -> None:
    with pytest.raises(UnsupportedOperationException) as caught:
        build(spark).collect()
    assert caught.value.getCondition() == "UNSUPPORTED_FEATURE"
    assert f"`{name}`" in str(caught.value)


def test_function_of_groups_is_refused_by_name(spark: Any) -> None:
    @F.pandas_udf("double")
    def mean(values: pd.Series) -> float:
        return float(values.mean())

    with pytest.raises(UnsupportedOperationException, match="of eval type 202"):
        spark.range(3).agg(mean("id")).collect()


def test_types_survive_the_way_to_the_client_and_back() -> None:
    schema = StructType(
        (
            StructField("a", ArrayType(LongType(), False), False),
            StructField("m", MapType(StringType(), DecimalType(20, 3)), True, {"k": 1}),
        )
    )
    back = data_types.from_proto(data_types.to_proto(schema))
    assert back == schema
    assert isinstance(back, StructType)
    assert back.fields[1].metadata == {"k": 1}


def test_literals_come_back(spark: Any) -> None:
    from datetime import date, timedelta
    from decimal import Decimal

    values = [
        1,
        2.5,
        "text",
        True,
        None,
        Decimal("1.20"),
        date(2026, 1, 2),
        timedelta(days=1, seconds=2),
        [1, 2],
        ["a", "b"],
        bytearray(b"xy"),
    ]
    columns = [F.lit(value).alias(f"c{n}") for n, value in enumerate(values)]
    (row,) = spark.range(1).select(columns).collect()
    assert list(row) == values


def test_named_arguments_and_frames_in_sql(spark: Any) -> None:
    frame = spark.range(5)
    query = "SELECT id FROM {numbers} WHERE id > :least ORDER BY id"
    rows = spark.sql(query, args={"least": 2}, numbers=frame).collect()
    assert [row.id for row in rows] == [3, 4]


def test_missing_values_are_filled_and_dropped(spark: Any) -> None:
    rows = [(1, None, 1.5), (None, "a", float("nan")), (3, "b", 2.5)]
    frame = spark.createDataFrame(rows, "i INT, s STRING, d DOUBLE")
    assert frame.na.fill(0).collect()[1] == (0, "a", 0.0)
    assert frame.na.fill({"s": "none"}).collect()[0].s == "none"
    assert frame.na.drop().count() == 1
    assert frame.na.drop(thresh=2).count() == 2
    assert frame.na.drop(how="all").count() == 3


def test_columns_of_joined_frames_are_told_apart(spark: Any) -> None:
    left = spark.createDataFrame([(1, "l")], "k INT, v STRING")
    right = spark.createDataFrame([(1, "r")], "k INT, v STRING")
    joined = left.join(right, left.k == right.k).select(left.v, right.v.alias("w"))
    assert [tuple(row) for row in joined.collect()] == [("l", "r")]
