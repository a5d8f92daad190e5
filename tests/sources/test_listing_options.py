from __future__ import annotations

import pytest

from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.sources.listing_options import ListingOptions


def takes(
    name: str = "a.json", at_ms: int = 0, zone: str = "UTC", **given: str
) -> bool:
    return ListingOptions.of(given, zone).takes(name, at_ms)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*.json", True), ("{a,b}.*", True), ("[^a]*", False), ("?.json", True)],
)
def test_names_fit_a_pattern_of_hadoops(pattern: str, expected: bool) -> None:
    assert takes(pathglobfilter=pattern) is expected


# 2023-11-14T22:13:20Z
_AT_MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2023-11-14T22:13:20", "UTC", False),
        ("2023-11-14T22:13:20.001", "UTC", True),
        ("2023-11-14 22:13:21", "UTC", True),
        ("2023-11-14T23:13:20", "Europe/Berlin", False),
        ("2023-11-14T23:13:21", "Europe/Berlin", True),
        ("2023-11-14T23:13:21+01:00", "Asia/Tokyo", True),
        ("2023-11-15", "UTC", True),
        ("2023", "UTC", False),
    ],
)
def test_a_file_is_before_a_time_of_the_zone(
    text: str, zone: str, expected: bool
) -> None:
    assert takes(at_ms=_AT_MS, zone=zone, modifiedbefore=text) is expected


def test_the_option_for_the_zone_wins() -> None:
    given = {"modifiedafter": "2023-11-14T23:13:19", "timezone": "Europe/Berlin"}
    assert takes(at_ms=_AT_MS, zone="UTC", **given)


@pytest.mark.parametrize("text", ["soon", "22:13", "", "2023-02-30"])
def test_a_time_that_is_none_is_named(text: str) -> None:
    with pytest.raises(AnalysisError):
        takes(modifiedafter=text)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(IllegalArgumentError) as caught:
        takes(modifiedafter="2023-01-01", timezone="Moon/Sea")
    assert caught.value.condition == "INVALID_TIMEZONE"
