"""Stream formats: sources that are streams alone, and say themselves what they give."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from unbounded.clock import Clock
from unbounded.files import Files
from unbounded.sources.rate import RATE_SCHEMA, RateOptions, RateStreamSource
from unbounded.sources.rate_micro_batch import (
    RateMicroBatchOptions,
    RateMicroBatchSource,
)
from unbounded.sources.socket import SocketOptions, SocketStreamSource
from unbounded.sources.source import Source
from unbounded.types import StructType

__all__ = ["STREAM_FORMATS", "StreamFormat", "StreamServices"]


@dataclass(frozen=True, slots=True)
class StreamServices:
    """What such a source takes from outside.

    Args:
        folder: `<checkpoint>/sources/<position of the source>`.
        start_thread: runs a function in a new thread of that name.
    """

    folder: str
    files: Files
    clock: Clock
    start_thread: Callable[[str, Callable[[], None]], threading.Thread]


class StreamFormat(Protocol):
    """A format by whose name a stream is read. Option keys are lower case."""

    provider: str

    def schema(self, options: Mapping[str, str]) -> StructType:
        """The columns. Raises what is wrong with the options."""

    def open(self, options: Mapping[str, str], services: StreamServices) -> Source:
        """The stream, at the start of a query."""


class _Rate:
    provider = "rate"

    def schema(self, options: Mapping[str, str]) -> StructType:
        RateOptions.of(options)
        return RATE_SCHEMA

    def open(self, options: Mapping[str, str], services: StreamServices) -> Source:
        return RateStreamSource(
            RateOptions.of(options), services.folder, services.files, services.clock
        )


class _RateMicroBatch:
    provider = "rate-micro-batch"

    def schema(self, options: Mapping[str, str]) -> StructType:
        RateMicroBatchOptions.of(options)
        return RATE_SCHEMA

    def open(self, options: Mapping[str, str], services: StreamServices) -> Source:
        return RateMicroBatchSource(RateMicroBatchOptions.of(options))


class _Socket:
    provider = "socket"

    def schema(self, options: Mapping[str, str]) -> StructType:
        return SocketOptions.of(options).schema

    def open(self, options: Mapping[str, str], services: StreamServices) -> Source:
        return SocketStreamSource(
            SocketOptions.of(options), services.clock, services.start_thread
        )


STREAM_FORMATS: Mapping[str, StreamFormat] = {
    form.provider: form for form in (_Rate(), _RateMicroBatch(), _Socket())
}
