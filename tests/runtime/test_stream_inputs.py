"""Which scans of a plan are one stream."""

from unbounded.parser import parse_schema
from unbounded.plan.expressions import AttributeReference
from unbounded.plan.relations import SourceScan, Union, UnresolvedDataSource
from unbounded.runtime.stream_inputs import stream_inputs
from unbounded.types import LongType


def scan(leaf_id: int, plan_id: int | None, path: str = "/in") -> SourceScan:
    source = UnresolvedDataSource(
        "json", parse_schema("n BIGINT"), {}, (path,), is_streaming=True
    )
    column = AttributeReference("n", LongType(), True, leaf_id)
    return SourceScan(source, (column,), leaf_id, plan_id)


def leaves(*scans: SourceScan) -> list[tuple[int, ...]]:
    return [i.leaf_ids for i in stream_inputs(Union(scans, scans[0].output))]


def test_frame_used_twice_is_one_stream() -> None:
    assert leaves(scan(0, 7), scan(1, 8), scan(2, 7)) == [(0, 2), (1,)]


def test_equal_numbers_of_two_clients_are_two_streams() -> None:
    assert leaves(scan(0, 7, "/a"), scan(1, 7, "/b")) == [(0,), (1,)]


def test_scans_without_a_number_are_streams_of_their_own() -> None:
    assert leaves(scan(0, None), scan(1, None)) == [(0,), (1,)]
