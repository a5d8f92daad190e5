"""Queries that clean up their source, against a disk that dies at each of its steps.

No row is lost and none is given twice, whatever has become of the files; a file that
is to be archived is in its place or in the archive after every crash.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.model.query_simulation import LAST_FILE, Case, Row, Simulation
from tests.model.query_twin import expected_batches, expected_table
from unbounded.plan.relations import UnresolvedDataSource
from unbounded.testing import SimulatedCrash, Step

CASE = Case("json", "stateless", "append", file_count=3)


class CleaningSimulation(Simulation):
    """A query whose source is cleaned up as `mode` says."""

    mode = "delete"

    def _source(self, is_streaming: bool = False) -> UnresolvedDataSource:
        source = super()._source(is_streaming)
        options = {
            **source.options,
            "cleansource": self.mode,
            "sourcearchivedir": self.archive,
        }
        return UnresolvedDataSource(
            "json", source.schema, options, source.paths, is_streaming
        )

    @property
    def archive(self) -> str:
        return f"{self.folder}/archive"

    def is_there(self, number: int) -> tuple[bool, bool]:
        """Whether a file is in its place, and in the archive."""
        path = f"{self.events}/{number:03d}.json"
        return os.path.exists(path), os.path.exists(f"{self.archive}{path}")


class ArchivingSimulation(CleaningSimulation):
    mode = "archive"


KINDS = (CleaningSimulation, ArchivingSimulation)


def check_end(simulation: CleaningSimulation, *, is_cleaned: bool) -> None:
    """Let one more file come, and compare all that was ever given."""
    simulation.add_file(LAST_FILE)
    simulation.run()
    numbers = simulation.batches()
    assert [n for batch in numbers for n in batch] == list(
        range(len(simulation.file_rows))
    )
    batches: list[list[Row]] = [
        [row for number in batch for row in simulation.file_rows[number]]
        for batch in numbers
    ]
    by_batch = expected_batches(simulation.case, batches)
    for delivery in simulation.deliveries:
        assert delivery.rows == by_batch[delivery.batch_id]
    assert simulation.table() == expected_table(simulation.case, batches)
    for number in range(len(simulation.file_rows)):
        here, archived = simulation.is_there(number)
        if is_cleaned:
            assert not here
        assert simulation.mode == "delete" or here or archived


def steps_of_a_run(folder: Path, kind: type[CleaningSimulation]) -> list[Step]:
    simulation = kind(str(folder / "whole"), CASE)
    simulation.run()
    steps = list(simulation.files.steps)
    check_end(simulation, is_cleaned=True)
    return steps


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_is_cleaned_up_over_a_crash_at_any_step(
    kind: type[CleaningSimulation], tmp_path: Path
) -> None:
    steps = steps_of_a_run(tmp_path, kind)
    # Each step that touches the source or its archive, and of the others some.
    touching = [s for s in steps if "events" in s.path or "archive" in s.path]
    others = [s for s in steps if s not in touching]
    for step in (*touching, *others[::5]):
        simulation = kind(str(tmp_path / str(step.number)), CASE, step.number)
        simulation.files.crash_at(step.number)
        with pytest.raises(SimulatedCrash):
            simulation.run()
        simulation.files.reboot()
        simulation.run()
        # A name that comes back by a power cut has a new time here, and so stays.
        check_end(simulation, is_cleaned=step in others)
    assert len(touching) >= 3


@pytest.mark.parametrize("seed", range(6))
def test_no_row_is_lost_over_crashes_in_a_row(seed: int, tmp_path: Path) -> None:
    chance = random.Random(f"cleaning {seed}")
    simulation = KINDS[seed % 2](str(tmp_path / "crashes"), CASE, seed)
    for limit in (90, 40, 40):
        simulation.files.crash_at(chance.randint(1, limit))
        try:
            simulation.run()
        except SimulatedCrash:
            simulation.files.reboot()
    simulation.files.power_off()
    simulation.files.reboot()
    simulation.run()
    check_end(simulation, is_cleaned=False)
