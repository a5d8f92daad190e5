"""Keys of the store: of every type, exact whatever they hash to, all life long.

Each case is run once with the store's own hashes and once with three of them
alone, so that nearly all keys collide.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from unbounded.files import LocalFiles
from unbounded.state import (
    HashKeys,
    OperatorSchema,
    StateStore,
    compaction,
    hash_columns,
    read_changes,
    read_rows,
)
from unbounded.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
    to_arrow,
)

FILES = LocalFiles()
NAN, OTHER_NAN = (
    math.nan,
    float(np.array([0xFFF8000000000001], np.uint64).view("f8")[0]),
)
LONG = "long text " * 20_000
PAIR = StructType((StructField("x", DoubleType()), StructField("s", StringType())))

KINDS: dict[str, tuple[DataType, list[Any]]] = {
    "boolean": (BooleanType(), [True, None, False, True]),
    "byte": (ByteType(), [1, -1, None, 127, -128]),
    "short": (ShortType(), [1, -1, None, 2**15 - 1, -(2**15)]),
    "int": (IntegerType(), [1, -1, None, 2**31 - 1, -(2**31)]),
    "long": (LongType(), [1, -1, None, 2**63 - 1, -(2**63), 2**32 + 1]),
    "float": (FloatType(), [0.0, -0.0, None, NAN, OTHER_NAN, 1.5, -math.inf]),
    "double": (DoubleType(), [0.0, -0.0, None, NAN, OTHER_NAN, 1.5, 5e-324]),
    "decimal": (DecimalType(9, 2), [Decimal("1.20"), None, Decimal("-1.20")]),
    "wide decimal": (
        DecimalType(38, 0),
        [Decimal(2**64), Decimal(0), None, Decimal(-(2**64)), Decimal(10**38 - 1)],
    ),
    "date": (DateType(), [0, None, -1, 20_000]),
    "timestamp": (TimestampType(), [0, None, -1, 1_700_000_000_000_001]),
    "timestamp_ntz": (TimestampNTZType(), [0, None, -1, 1_700_000_000_000_001]),
    "day-time interval": (DayTimeIntervalType(), [0, None, -1, 2**53]),
    "year-month interval": (YearMonthIntervalType(), [0, None, -1, 14]),
    "null": (NullType(), [None, None]),
    "string": (
        StringType(),
        ["", None, "a", "a\0", "ä", "é", "12345678", "123456789", LONG, LONG + "!"],
    ),
    "binary": (BinaryType(), [b"", None, b"\0", b"\0\0", b"a", b"a" * 100_000]),
    "struct": (
        PAIR,
        [
            None,
            {"x": None, "s": None},
            {"x": NAN, "s": ""},
            {"x": OTHER_NAN, "s": ""},
            {"x": 0.0, "s": "a"},
            {"x": -0.0, "s": "a"},
        ],
    ),
    "array": (
        ArrayType(DoubleType()),
        [None, [], [None], [NAN], [OTHER_NAN], [0.0], [-0.0], [0.0, 0.0]],
    ),
    "array of structs": (
        ArrayType(PAIR),
        [[], None, [None], [{"x": -0.0, "s": None}], [{"x": 0.0, "s": None}]],
    ),
    "struct of arrays": (
        StructType((StructField("a", ArrayType(StringType())),)),
        [None, {"a": None}, {"a": []}, {"a": [None]}, {"a": [""]}, {"a": ["", ""]}],
    ),
}


def three_hashes(arrays: list[pa.Array]) -> Any:
    return hash_columns(arrays) % np.uint64(3)


HASHES: dict[str, HashKeys | None] = {"own": None, "three": three_hashes}


def canonical(value: Any) -> Any:
    """A value such that equal keys are equal, and can be looked up in a dict."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value + 0.0
    if isinstance(value, dict):
        return tuple((name, canonical(part)) for name, part in value.items())
    if isinstance(value, list):
        return ("list", *map(canonical, value))
    return value


def arrays_of(rows: list[tuple[Any, ...]], kinds: list[DataType]) -> list[pa.Array]:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    return [
        pa.array(list(column), to_arrow(kind))
        for column, kind in zip(columns, kinds, strict=True)
    ]


def shown(table: pa.Table) -> dict[Any, int]:
    *keys, counts = (column.to_pylist() for column in table.columns)
    rows = [tuple(map(canonical, key)) for key in zip(*keys, strict=True)]
    assert len(set(rows)) == len(rows)
    return dict(zip(rows, counts, strict=True))


def held(store: StateStore) -> dict[Any, int]:
    state = store.operator(0)
    slots = state.live_slots()
    columns = [*state.keys(slots), state.gather(0, slots)]
    return shown(pa.table(columns, [str(n) for n in range(len(columns))]))


def count(
    store: StateStore, rows: list[tuple[Any, ...]], kinds: list[DataType]
) -> None:
    """A count by key, as an operator keeps it: partials first."""
    table = pa.table(arrays_of(rows, kinds), [str(n) for n in range(len(kinds))])
    state = store.operator(0)
    slots, is_new = state.lookup_or_insert(table.columns)
    distinct, numbers = np.unique(slots, return_counts=True)
    before = state.gather(0, distinct).fill_null(0).to_numpy(zero_copy_only=False)
    assert is_new.sum() == (before == 0).sum()
    state.scatter(0, distinct, pa.array(before + numbers))


def live(
    folder: Path,
    kinds: list[DataType],
    batches: list[list[tuple[Any, ...]]],
    hash_keys: HashKeys | None,
    between: Callable[[StateStore], object],
) -> tuple[OperatorSchema, list[dict[Any, int]]]:
    """Count each batch's rows, forget every third row's key; what there is then."""
    schema = OperatorSchema(
        0,
        "stateStoreSave",
        tuple(StructField(f"k{n}", kind) for n, kind in enumerate(kinds)),
        (StructField("count", LongType()),),
        hash_keys,
    )
    store = StateStore.open(FILES, str(folder), [schema], 0)
    expected: dict[Any, int] = {}
    versions = [dict(expected)]
    for version, rows in enumerate(batches, 1):
        count(store, rows, kinds)
        for row in rows:
            key = tuple(map(canonical, row))
            expected[key] = expected.get(key, 0) + 1
        gone = rows[version % 3 :: 3]
        found = store.operator(0).lookup(arrays_of(gone, kinds))
        assert (found >= 0).all()
        store.operator(0).remove(found)
        for row in gone:
            expected.pop(tuple(map(canonical, row)), None)
        assert held(store) == expected
        store.commit(version)
        between(store)
        versions.append(dict(expected))
    return schema, versions


def check(folder: Path, schema: OperatorSchema, versions: list[dict[Any, int]]) -> None:
    """Every version is there for readers and for a restart, under any hashes."""
    for version in range(len(versions) - 1, 0, -1):
        assert (
            shown(read_rows(FILES, str(folder), version, schema)) == (versions[version])
        )
        for hash_keys in (schema.hash_keys, None, three_hashes):
            again = replace(schema, hash_keys=hash_keys)
            store = StateStore.open(FILES, str(folder), [again], version)
            assert held(store) == versions[version]


@pytest.mark.parametrize("hashing", HASHES)
@pytest.mark.parametrize("name", KINDS)
def test_keys_of_every_type_live_through_restarts_and_merges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, hashing: str
) -> None:
    monkeypatch.setattr(compaction, "SEGMENTS_MAX", 2)
    kind, values = KINDS[name]
    rows = [(value,) for value in pa.array(values, to_arrow(kind)).to_pylist()]
    batches = [rows, rows[::2], rows[::-1], rows[1:], rows * 2]
    schema, versions = live(
        tmp_path, [kind], batches, HASHES[hashing], StateStore.compact
    )
    assert list(tmp_path.glob("segment-*m*.arrow"))
    check(tmp_path, schema, versions)


@pytest.mark.parametrize("hashing", HASHES)
def test_keys_of_several_columns_are_told_apart_by_each(
    tmp_path: Path, hashing: str
) -> None:
    kinds: list[DataType] = [StringType(), DoubleType(), PAIR, DecimalType(38, 0)]
    rows = list(
        itertools.product(
            ["", None, "a" * 30],
            [0.0, -0.0, NAN, OTHER_NAN, None],
            [None, {"x": NAN, "s": None}, {"x": None, "s": ""}],
            [Decimal(2**70), None],
        )
    )
    batches = [rows[:50], rows, rows[::-7], rows[25:75]]
    schema, versions = live(
        tmp_path, kinds, batches, HASHES[hashing], StateStore.compact
    )
    assert len(versions[2]) > 20
    check(tmp_path, schema, versions)


def test_concatenated_texts_of_two_columns_are_not_one_key(tmp_path: Path) -> None:
    kinds: list[DataType] = [StringType(), StringType()]
    rows = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc"), (None, "abc")]
    _, versions = live(tmp_path, kinds, [[], rows, []], None, lambda store: None)
    assert len(versions[-1]) == 4


def test_a_change_feed_has_canonical_keys(tmp_path: Path) -> None:
    kinds: list[DataType] = [DoubleType()]
    rows: list[tuple[Any, ...]] = [(-0.0,), (OTHER_NAN,)]
    schema, _ = live(tmp_path, kinds, [rows], None, lambda store: None)
    [(version, is_removal, table)] = read_changes(FILES, str(tmp_path), 1, 1, schema)
    assert (version, is_removal) == (1, False)
    [zero] = table.column(0).to_pylist()
    assert math.copysign(1, zero) == 1
