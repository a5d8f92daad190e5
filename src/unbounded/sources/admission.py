"""Admission: how many of the waiting files a batch takes, and what the rest becomes.

The rules of Spark's `FileStreamSource`. With a limit, the files left over from a
listing are kept and taken first by the next batches, before what came later, even
if that is older; unless they are few, or the newest come first. What is left over
beyond `maxCachedFiles` is found again by a later listing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from unbounded.errors import IllegalArgumentError
from unbounded.sources.listing import ListedFile
from unbounded.sources.options import boolean_option, check_whole, positive_option
from unbounded.sources.seen_files import duration_ms

__all__ = ["Admission"]


@dataclass(frozen=True, slots=True)
class Admission:
    """What the options say of a batch; None is no limit.

    Args:
        max_age_ms: how much older than the newest one seen a file may be.
        cached_files_max: how many files left over are kept.
        discard_ratio: fewer left over than this part of a batch are not kept.
    """

    files_max: int | None
    bytes_max: int | None
    is_latest_first: bool
    max_age_ms: int | None
    cached_files_max: int
    discard_ratio: float

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Admission:
        """Those of a reader's options, whose keys are lower case.

        Raises:
            IllegalArgumentError: a value can't be, or two exclude each other.
        """
        files_max = positive_option(options, "maxfilespertrigger")
        bytes_max = positive_option(options, "maxbytespertrigger")
        if files_max is not None and bytes_max is not None:
            raise IllegalArgumentError(
                "INVALID_OPTION_VALUE",
                option="maxBytesPerTrigger",
                value=bytes_max,
                expected="it or maxFilesPerTrigger, not both,",
            )
        latest_first = boolean_option(options, "latestfirst", False)
        is_limited = files_max is not None or bytes_max is not None
        age_ms = duration_ms(options.get("maxfileage", "7d"))
        return cls(
            files_max,
            bytes_max,
            latest_first,
            # Old files come last then, and would be too old when their turn comes.
            None if latest_first and is_limited else age_ms,
            check_whole(options, "maxCachedFiles", 10_000),
            _discard_ratio(options),
        )

    def split(
        self, files: Sequence[ListedFile]
    ) -> tuple[Sequence[ListedFile], Sequence[ListedFile]]:
        """The files of the next batch, at least one however large, and the rest."""
        count = len(files)
        if self.files_max is not None:
            count = self.files_max
        elif self.bytes_max is not None:
            sizes = accumulate(file.size_bytes for file in files)
            fits = (size <= self.bytes_max for size in sizes)
            count = max(next((i for i, fit in enumerate(fits) if not fit), count), 1)
        return files[:count], files[count:]

    def kept(self, rest: Sequence[ListedFile]) -> Sequence[ListedFile]:
        """What the next batch begins with, before a folder is listed again."""
        if self.is_latest_first or not rest:
            return ()
        if self.files_max is not None:
            is_worth = len(rest) >= self.files_max * self.discard_ratio
        else:
            size_bytes = sum(file.size_bytes for file in rest)
            is_worth = size_bytes >= (self.bytes_max or 0) * self.discard_ratio
        return rest[: self.cached_files_max] if is_worth else ()


def _discard_ratio(options: Mapping[str, str]) -> float:
    text = options.get("discardcachedinputratio", "0.2")
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0.0 <= ratio <= 1.0:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="discardCachedInputRatio",
            value=text,
            expected="a number from 0 to 1",
        )
    return ratio
