"""Testing: time, disk and streams that a test holds in its hand."""

from unbounded.testing.manual_clock import ManualClock
from unbounded.testing.memory_stream import MemoryStream
from unbounded.testing.simulated_disk import SimulatedCrash, Step
from unbounded.testing.simulated_files import SimulatedFiles
from unbounded.testing.stream_test import StreamTest

__all__ = [
    "ManualClock",
    "MemoryStream",
    "SimulatedCrash",
    "SimulatedFiles",
    "Step",
    "StreamTest",
]
