"""How a query's watermark moves."""

from unbounded.runtime.watermark import WatermarkTracker


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
