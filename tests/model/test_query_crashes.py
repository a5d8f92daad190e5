"""Whole queries against a disk that dies at each of its steps.

A first run counts the durable steps of a query. Then it is run again and again,
each time on a new folder and with a crash at another step; what of the unsynced
writes survives is decided by the seed. After the reboot the query goes on from
its checkpoint, gets one more file, and must have given what a run without a
crash would have.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.durable_steps import KINDS, kind_of
from tests.model.query_simulation import (
    LAST_FILE,
    Case,
    Row,
    Simulation,
    is_given,
)
from tests.model.query_twin import dropped_count, expected_batches, expected_table
from unbounded.errors import AnalysisError, QueryError, UnboundedError
from unbounded.files import disk_error
from unbounded.plan.commands import OutputMode
from unbounded.state import StateSettings, compaction, store
from unbounded.testing import SimulatedCrash, Step

IS_SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
SEEDS = range(4) if IS_SOAK else range(1)

QUERIES = (
    Case("parquet", "grouped", "complete"),
    Case("parquet", "windowed", "append", has_late_rows=True),
    Case("parquet", "stateless", "append"),
    Case("parquet", "grouped", "complete", partition_by=("key", "count")),
    Case("json", "windowed", "append"),
    Case("json", "stateless", "append"),
    Case("memory", "grouped", "complete"),
    Case("function", "stateless", "append"),
    Case("function", "windowed", "append"),
    Case("function", "windowed", "update", has_late_rows=True),
    Case("function", "grouped", "complete"),
    Case("json", "first", "append"),
    Case("function", "sorted", "complete"),
    Case("function", "top", "update"),
    Case("json", "sessions", "append"),
    Case("function", "chained", "append"),
    Case("parquet", "deduplicated", "append", has_late_rows=True),
    Case("function", "within", "update", has_late_rows=True),
    Case("json", "rolled", "append"),
    Case("function", "rolled", "update", has_late_rows=True),
    Case("function", "listed", "complete"),
    Case("function", "revised", "update"),
    Case("memory", "revised", "complete"),
    Case("parquet", "joined", "append"),
    Case("function", "joined", "append"),
    Case("json", "joined_counts", "append"),
)
_OF_WATERMARKS = (
    *("windowed", "sessions", "chained"),
    *("deduplicated", "within", "rolled"),
    *("joined", "joined_counts"),
)
# With three, a window is final before the last batch.
FILE_COUNTS = dict.fromkeys(_OF_WATERMARKS, 4 if IS_SOAK else 3)
# Of the README's query each step, of the others by turns: each is hit by some.
EVERY = 1 if IS_SOAK else 6
CASES = [
    replace(query, seed=seed, file_count=FILE_COUNTS.get(query.shape, 2))
    for query in QUERIES
    for seed in SEEDS
]

# Long enough for every log to be compacted and purged; kept short by settings.
LONG_CASES = [
    replace(
        query,
        file_count=13,
        has_late_rows=False,
        confs=(("spark.sql.streaming.minBatchesToRetain", "2"),),
    )
    for query in (
        Case("parquet", "grouped", "complete"),
        Case("json", "windowed", "append"),
        Case("function", "windowed", "update"),
    )
]
LONG_KINDS = frozenset(
    {
        "source compact",
        "sink compact",
        "sink part deleted",
        "sink compact deleted",
        "offsets deleted",
        "commits deleted",
        "state segment deleted",
        "state manifest",
    }
)


@pytest.fixture
def eager_cleaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """State is merged and purged as often as a rule allows it."""
    monkeypatch.setattr(compaction, "SEGMENTS_MAX", 3)
    monkeypatch.setattr(
        store, "StateSettings", functools.partial(StateSettings, purge_segments_min=2)
    )


# --- lives --------------------------------------------------------------------


@dataclass
class Folders:
    """A new folder for each simulation, gone when it was right."""

    root: Path
    count: int = 0

    @contextlib.contextmanager
    def simulation(self, case: Case, seed: int, story: str) -> Iterator[Simulation]:
        self.count += 1
        path = self.root / str(self.count)
        try:
            yield Simulation(str(path), case, seed)
        except BaseException as error:
            error.add_note(f"{case.name}, disk seed {seed}: {story}")
            raise
        shutil.rmtree(path)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def steps_of_a_run(folders: Folders, case: Case) -> Sequence[Step]:
    with folders.simulation(case, 0, "no crash") as simulation:
        simulation.run()
        steps = simulation.files.steps
        check_end(simulation)
    return steps


def crash(simulation: Simulation, number: int) -> Step:
    """Run into the crash; the step it hit."""
    simulation.files.crash_at(number)
    with pytest.raises(SimulatedCrash):
        simulation.run()
    step = simulation.files.crashes[-1]
    assert step is not None
    assert step.number == number
    return step


def rows_by_batch(simulation: Simulation, source: int = 0) -> list[list[Row]]:
    return [
        [row for number in files for row in simulation.file_rows[number]]
        for files in simulation.batches(source)
    ]


def check_end(simulation: Simulation) -> None:
    """Let one more file come, and compare all that was ever given."""
    case = simulation.case
    simulation.add_file(LAST_FILE)
    simulation.run()
    sources = range(simulation.source_count)
    for source in sources:
        read = [number for files in simulation.batches(source) for number in files]
        assert read == list(range(len(simulation.file_rows)))
    batches = [rows_by_batch(simulation, source) for source in sources]
    by_batch = expected_batches(case, *batches)
    for delivery in simulation.deliveries:
        assert delivery.rows == by_batch[delivery.batch_id], (
            f"batch {delivery.batch_id}"
        )
    assert len({(d.batch_id, d.offsets) for d in simulation.deliveries}) == len(
        by_batch
    )
    table = simulation.table()
    assert table == expected_table(case, *batches)
    if case.has_late_rows or case.output_mode == "update" or case.shape == "within":
        return
    assert table == [row for row in simulation.batch_answer() if is_given(case, row)]


# --- a crash at each step -----------------------------------------------------


def chosen_steps(case: Case, steps: Sequence[Step]) -> list[Step]:
    place = CASES.index(case)
    return list(steps) if place == 0 else list(steps[place % EVERY :: EVERY])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_query_goes_on_after_a_crash_at_any_step(folders: Folders, case: Case) -> None:
    steps = steps_of_a_run(folders, case)
    for step in chosen_steps(case, steps):
        seed = case.seed * 1000 + step.number
        with folders.simulation(case, seed, f"a crash at {step}") as simulation:
            assert crash(simulation, step.number) == step
            simulation.files.reboot()
            simulation.run()
            check_end(simulation)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.shape == "windowed"], ids=lambda c: c.name
)
def test_windows_are_final_and_late_rows_dropped_before_the_end(
    folders: Folders, case: Case
) -> None:
    """Else a lost watermark would not be seen."""
    with folders.simulation(case, 0, "no crash") as simulation:
        simulation.run()
        rows = [delivery.rows for delivery in simulation.deliveries]
        assert any(rows[1:])
        assert (dropped_count(case, rows_by_batch(simulation)) > 0) == (
            case.has_late_rows
        )


def test_crashes_hit_every_kind_of_durable_step(folders: Folders) -> None:
    hit = {
        (kind_of(step.name, step.path), step.name)
        for case in CASES
        for step in chosen_steps(case, steps_of_a_run(folders, case))
    }
    assert {kind for kind, _ in hit} >= KINDS
    for log in ("source log", "offsets", "commits", "sink log", "sink compact"):
        acts = {name for kind, name in hit if kind == log}
        assert acts >= {"write", "sync_file", "link"}, log


# --- more than one crash ------------------------------------------------------

DOUBLE_CRASHES = 1000 if IS_SOAK else 24
SOAKED = CASES[:: len(SEEDS)] if IS_SOAK else CASES[:1]


def die_at(simulation: Simulation, number: int, *, is_power_cut: bool) -> bool:
    """Die at that step of the next run, if it has so many; whether it did."""
    simulation.files.crash_at(number)
    try:
        simulation.run()
    except SimulatedCrash:
        if is_power_cut:
            simulation.files.reboot()
        else:
            simulation.files.restart()
        return True
    return False


@pytest.mark.parametrize("seed", range(DOUBLE_CRASHES))
def test_query_goes_on_after_crashes_in_a_row(folders: Folders, seed: int) -> None:
    """The recovery dies too, by a kill or by a power cut, once and again."""
    chance = random.Random(f"crashes {seed}")
    case = CASES[seed % len(CASES)]
    with folders.simulation(case, seed, "crashes") as simulation:
        for limit in (120, 50, 50, 50):
            number = chance.randint(1, limit)
            die_at(simulation, number, is_power_cut=chance.random() < 0.5)
        simulation.files.power_off()
        simulation.files.reboot()
        simulation.run()
        check_end(simulation)


@pytest.mark.parametrize("case", SOAKED, ids=lambda c: c.name)
def test_query_goes_on_when_its_recovery_dies(folders: Folders, case: Case) -> None:
    chance = random.Random(f"recovery {case.name}")
    steps = steps_of_a_run(folders, case)
    for first in chance.sample(steps, 20 if IS_SOAK else 4):
        with folders.simulation(
            case, first.number, f"a crash at {first}"
        ) as simulation:
            crash(simulation, first.number)
            simulation.files.reboot()
            simulation.run()
            count = len(simulation.files.steps)
            check_end(simulation)
        for second in chance.sample(range(1, count + 1), min(3, count)):
            story = f"crashes at {first}, then at {second} of {count}"
            with folders.simulation(case, first.number, story) as simulation:
                crash(simulation, first.number)
                simulation.files.reboot()
                crash(simulation, second)
                simulation.files.reboot()
                simulation.run()
                check_end(simulation)


@pytest.mark.parametrize("case", SOAKED, ids=lambda c: c.name)
def test_power_cut_after_a_kill_takes_nothing_that_counts(
    folders: Folders, case: Case
) -> None:
    """A killed run leaves names it had not synced; the next must not build on them."""
    steps = steps_of_a_run(folders, case)
    chance = random.Random(f"kill {case.name}")
    for step in [step for step in steps if step.name == "sync_folder"]:
        for number in chance.sample(range(1, 60), 10 if IS_SOAK else 2):
            seed = step.number * 100 + number
            story = f"a kill at {step}, a power cut at step {number}"
            with folders.simulation(case, seed, story) as simulation:
                die_at(simulation, step.number, is_power_cut=False)
                if not die_at(simulation, number, is_power_cut=True):
                    simulation.files.power_off()
                    simulation.files.reboot()
                simulation.run()
                check_end(simulation)


# --- long runs: compacted, merged and purged ------------------------------------


def chosen_long_steps(case: Case, steps: Sequence[Step]) -> list[Step]:
    """One step of each kind that only a long run has; in a soak, all late ones."""
    if IS_SOAK:
        return list(steps[len(steps) // 2 :])
    chance = random.Random(f"long {case.name}")
    late = steps[len(steps) // 2 :]
    kinds = [kind_of(step.name, step.path) for step in late]
    return [
        late[chance.choice([i for i, found in enumerate(kinds) if found == kind])]
        for kind in sorted(LONG_KINDS & set(kinds))
    ]


@pytest.mark.usefixtures("eager_cleaning")
@pytest.mark.parametrize("case", LONG_CASES, ids=lambda case: case.name)
def test_query_goes_on_after_a_crash_while_logs_and_state_are_cleaned(
    folders: Folders, case: Case
) -> None:
    for step in chosen_long_steps(case, steps_of_a_run(folders, case)):
        with folders.simulation(case, step.number, f"a crash at {step}") as simulation:
            assert crash(simulation, step.number) == step
            simulation.files.reboot()
            simulation.run()
            check_end(simulation)


@pytest.mark.usefixtures("eager_cleaning")
def test_crashes_of_long_runs_hit_every_kind_of_cleaning(folders: Folders) -> None:
    hit = {
        kind_of(step.name, step.path)
        for case in LONG_CASES
        for step in chosen_long_steps(case, steps_of_a_run(folders, case))
    }
    assert hit >= LONG_KINDS


# --- a disk that refuses --------------------------------------------------------


def condition_of(error: BaseException) -> str:
    """The name by which the user is told of it."""
    cause = error.__cause__ if isinstance(error, QueryError) else error
    if isinstance(cause, OSError):
        cause = disk_error(cause)
    assert isinstance(cause, UnboundedError), repr(cause)
    return cause.condition


@pytest.mark.parametrize(
    ("code", "condition"),
    [
        (errno.ENOSPC, "DISK_FULL"),
        (errno.EACCES, "FILE_PERMISSION_DENIED"),
        (errno.EROFS, "DISK_READ_ONLY"),
    ],
)
def test_query_ends_by_name_on_a_disk_that_refuses_and_goes_on_later(
    folders: Folders, code: int, condition: str
) -> None:
    case = CASES[0]
    steps = steps_of_a_run(folders, case)
    for step in steps[code % 5 :: 1 if IS_SOAK else 5]:
        story = f"{condition} from {step}"
        with folders.simulation(case, step.number, story) as simulation:
            simulation.files.fail_at(step.number, code, lasting=True)
            with pytest.raises((QueryError, OSError)) as refusal:
                simulation.run()
            assert condition_of(refusal.value) == condition
            simulation.files.heal()
            simulation.run()
            check_end(simulation)


# --- a checkpoint that is not the output's --------------------------------------


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is warned of, but for state that grows, as some cases' does."""
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    return [text for text in warnings if not text.startswith("[STATE_CAN_ONLY_GROW]")]


@pytest.mark.parametrize("case", [CASES[0], CASES[2]], ids=lambda case: case.name)
def test_new_checkpoint_on_an_old_output_warns_by_name(
    folders: Folders, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    case = replace(case, file_count=1)
    with folders.simulation(case, 0, "") as simulation:
        simulation.run()
        assert warnings_of(caplog) == []
        shutil.rmtree(simulation.checkpoint)
        simulation.files.settle()
        simulation.run()
    [warning] = warnings_of(caplog)
    assert warning.startswith("[SINK_LOG_AHEAD]")


def test_batch_that_died_after_its_commit_in_the_sink_is_no_cause_to_warn(
    folders: Folders, caplog: pytest.LogCaptureFixture
) -> None:
    case = CASES[0]
    steps = steps_of_a_run(folders, case)
    [step, *_] = [s for s in steps if s.name == "link" and "commits" in s.path]
    with folders.simulation(case, 0, f"a kill at {step}") as simulation:
        crash(simulation, step.number)
        simulation.files.restart()
        simulation.run()
        check_end(simulation)
    assert warnings_of(caplog) == []


@pytest.mark.parametrize(
    ("shape", "output_mode"), [("stateless", "append"), ("windowed", "update")]
)
def test_memory_table_that_lost_its_rows_is_refused(
    folders: Folders, shape: str, output_mode: OutputMode
) -> None:
    case = Case("memory", shape, output_mode)
    with folders.simulation(case, 0, "") as simulation:
        simulation.run()
        with pytest.raises(AnalysisError) as refusal:
            simulation.run()
        assert refusal.value.condition == "MEMORY_SINK_NOT_RECOVERABLE"
