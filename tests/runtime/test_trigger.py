"""When the next batch is due."""

import pytest

from unbounded.plan.commands import (
    AvailableNowTrigger,
    ContinuousTrigger,
    OnceTrigger,
    ProcessingTimeTrigger,
    RealTimeTrigger,
)
from unbounded.runtime.trigger import Schedule, next_trigger_ms, schedule_of


@pytest.mark.parametrize(
    ("begun_ms", "due_ms"),
    [(0, 1000), (1, 1000), (999, 1000), (1000, 2000), (5300, 6000)],
)
def test_next_batch_is_due_at_the_next_multiple(begun_ms, due_ms):
    assert next_trigger_ms(begun_ms, 1000) == due_ms


def test_available_now_runs_batches_until_none_is_left():
    schedule = schedule_of(AvailableNowTrigger())
    assert schedule == Schedule(is_bounded=True, is_single_batch=False)


def test_once_runs_a_single_batch():
    assert schedule_of(OnceTrigger()).is_single_batch


@pytest.mark.parametrize("trigger", [ContinuousTrigger(1000), RealTimeTrigger(5000)])
def test_low_latency_triggers_run_without_an_interval(trigger):
    assert schedule_of(trigger) == Schedule(0)


def test_processing_time_keeps_its_interval():
    assert schedule_of(ProcessingTimeTrigger(250)).interval_ms == 250
