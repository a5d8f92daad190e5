"""Testing: time, disk and streams that a test holds in its hand."""

from unbounded.testing.manual_clock import ManualClock

__all__ = ["ManualClock"]
