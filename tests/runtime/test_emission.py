"""What leaves an operator, by output mode."""

import pyarrow as pa
import pytest

from unbounded.operators import Changes
from unbounded.runtime.emission import emission_of


def changes():
    def named(name):
        return lambda: pa.table({"which": [name]})

    tables = map(named, ("updated", "final", "snapshot", "revision"))
    return Changes(*tables, settle=lambda: None)


@pytest.mark.parametrize(
    ("output_mode", "which"),
    [("append", "final"), ("update", "updated"), ("complete", "snapshot")],
)
def test_mode_picks_its_rows(output_mode, which):
    rows = emission_of(output_mode).rows(changes())
    assert rows.column("which").to_pylist() == [which]


@pytest.mark.parametrize(
    ("output_mode", "evicts"), [("append", True), ("update", True), ("complete", False)]
)
def test_complete_mode_keeps_all_state(output_mode, evicts):
    assert emission_of(output_mode).evicts is evicts
