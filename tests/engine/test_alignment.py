from __future__ import annotations

import datetime

import pyarrow as pa

from unbounded.engine import Database, align
from unbounded.types import (
    ArrayType,
    DayTimeIntervalType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampType,
    YearMonthIntervalType,
    to_arrow,
)


def _query(sql: str) -> pa.Table:
    database = Database.open()
    table = database.cursor().query(sql)
    database.close()
    return table


def _schema(**fields) -> StructType:
    return StructType(tuple(StructField(name, t) for name, t in fields.items()))


def test_nested_columns_get_the_exact_arrow_types() -> None:
    rows = """
        SELECT ['a', NULL] AS l, map{'k': 1} AS m,
               {'start': make_timestamptz(5), 'n': [1]} AS s
        UNION ALL SELECT NULL, NULL, NULL
    """
    schema = _schema(
        l=ArrayType(StringType()),
        m=MapType(StringType(), IntegerType()),
        s=StructType(
            (
                StructField("start", TimestampType()),
                StructField("n", ArrayType(IntegerType())),
            )
        ),
    )
    table = align(_query(rows), schema)
    assert [f.type for f in table.schema] == [
        to_arrow(f.data_type) for f in schema.fields
    ]
    table.validate(full=True)
    first, second = table.to_pylist()
    assert first["l"] == ["a", None]
    assert first["m"] == [("k", 1)]
    assert first["s"]["n"] == [1]
    assert second == {"l": None, "m": None, "s": None}


def test_sliced_lists_keep_their_rows() -> None:
    table = pa.table({"l": [[1], [2, 3], None, [4]]}).slice(1, 3)
    aligned = align(table, _schema(l=ArrayType(LongType())))
    assert aligned.column("l").to_pylist() == [[2, 3], None, [4]]
    aligned.validate(full=True)


def test_sliced_structs_keep_their_rows() -> None:
    table = pa.table({"s": [{"a": 1}, {"a": 2}, None, {"a": 4}]}).slice(1, 3)
    struct = StructType((StructField("a", LongType()),))
    aligned = align(table, _schema(s=struct))
    assert aligned.column("s").to_pylist() == [{"a": 2}, None, {"a": 4}]


def test_intervals_and_nulls_travel_as_numbers() -> None:
    table = pa.table({"d": [1_500_000], "m": pa.array([14], pa.int32()), "n": [None]})
    table = table.set_column(2, "n", pa.array([None], pa.int32()))
    schema = _schema(d=DayTimeIntervalType(), m=YearMonthIntervalType(), n=NullType())
    aligned = align(table, schema)
    assert aligned.schema.types == [pa.duration("us"), pa.int32(), pa.null()]
    assert aligned.column("d").to_pylist() == [datetime.timedelta(seconds=1.5)]


def test_names_and_nullability_are_the_schemas() -> None:
    table = pa.table({"a#1": pa.array([1], pa.int64())})
    schema = StructType((StructField("a", LongType(), nullable=False),))
    assert align(table, schema).schema == pa.schema(
        [pa.field("a", pa.int64(), nullable=False)]
    )


def test_empty_table_is_aligned() -> None:
    table = pa.table({"a": pa.array([], pa.list_(pa.int64()))})
    assert align(table, _schema(a=ArrayType(LongType()))).num_rows == 0
