"""How a query's watermark moves."""

from unbounded.runtime.watermark import WatermarkFlow, WatermarkTracker


def test_watermark_is_the_latest_event_less_the_delay():
    tracker = WatermarkTracker({0: 600})
    tracker.observe({0: 1000})
    assert tracker.current_ms == 400


def test_watermark_never_goes_back():
    tracker = WatermarkTracker({0: 0})
    tracker.observe({0: 1000})
    tracker.observe({0: 10})
    assert tracker.current_ms == 1000


def test_watermark_starts_at_1970_and_is_never_below():
    tracker = WatermarkTracker({0: 5000})
    tracker.observe({0: 10})
    assert tracker.current_ms == 0


def test_minimum_waits_for_an_input_without_rows():
    tracker = WatermarkTracker({0: 0, 1: 0})
    tracker.observe({0: 1000})
    assert tracker.current_ms == 0
    tracker.observe({1: 500})
    assert tracker.current_ms == 500


def test_maximum_follows_the_fastest_input():
    tracker = WatermarkTracker({0: 0, 1: 0}, "max")
    tracker.observe({0: 1000})
    assert tracker.current_ms == 1000


def test_recovered_watermark_holds_until_it_is_passed():
    tracker = WatermarkTracker({0: 0}, initial_ms=700)
    tracker.observe({0: 300})
    assert tracker.current_ms == 700
    tracker.observe({0: 900})
    assert tracker.current_ms == 900


class Operator:
    """One that lets the watermark pass."""


class Delaying:
    def __init__(self, delay_ms: int | None) -> None:
        self.delay_ms = delay_ms

    def output_watermark_ms(self, input_ms: int) -> int | None:
        return None if self.delay_ms is None else input_ms - self.delay_ms


def test_operators_of_a_chain_see_the_same_watermark():
    flow = WatermarkFlow()
    flow.add(Operator(), [], True)
    flow.add(Operator(), [0], False)
    assert flow.inputs_ms(700) == [700, 700]


def test_operator_without_a_watermark_below_sees_none():
    flow = WatermarkFlow()
    flow.add(Operator(), [], False)
    flow.add(Operator(), [0], False)
    assert flow.inputs_ms(700) == [0, 0]


def test_operator_over_several_sees_the_lowest_of_those_that_have_one():
    flow = WatermarkFlow()
    flow.add(Delaying(100), [], True)
    flow.add(Operator(), [], False)
    flow.add(Operator(), [0, 1], False)
    assert flow.inputs_ms(700) == [700, 0, 600]


def test_watermark_above_an_operator_counts_beside_what_passes_it():
    flow = WatermarkFlow()
    flow.add(Delaying(None), [], True)
    flow.add(Operator(), [0], True)
    flow.add(Operator(), [0], False)
    assert flow.inputs_ms(700) == [700, 700, 0]


def test_watermark_that_is_held_back_is_never_before_1970():
    flow = WatermarkFlow()
    flow.add(Delaying(900), [], True)
    flow.add(Operator(), [0], False)
    assert flow.inputs_ms(700) == [700, 0]
