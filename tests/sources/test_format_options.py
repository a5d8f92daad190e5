from __future__ import annotations

import re
from pathlib import Path

import pytest

from unbounded.errors import UnsupportedError
from unbounded.sources.format_options import (
    HONOURED,
    NO_EFFECT,
    REFUSED,
    STREAM_OPTIONS,
    check_format_options,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sources.md"
_SECTIONS = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
SECTIONS = {part.partition("\n")[0].lower(): part for part in _SECTIONS}
FORMATS = sorted({*HONOURED} - {"files", "binaryfile"})


def columns(format_name: str) -> list[list[str]]:
    """The options in each column of a format's table."""
    lines = [line for line in SECTIONS[format_name].splitlines() if line[:3] == "| `"]
    lines += [
        line for line in SECTIONS[format_name].splitlines() if line[:5] == "|  | "
    ]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [
        [cell.strip("`") for cell in column if cell]
        for column in zip(*cells, strict=True)
    ] or [[], [], []]


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_page_has_the_options_of_each_format(format_name: str) -> None:
    honoured, refused, without_effect = columns(format_name)
    assert sorted(honoured) == sorted(HONOURED[format_name])
    assert sorted(refused) == sorted(REFUSED[format_name])
    assert sorted(without_effect) == sorted(NO_EFFECT[format_name])


def test_the_page_has_the_options_of_files_and_their_streams() -> None:
    found = re.findall(r"^\| `(\w+)` \|", SECTIONS["files"], re.MULTILINE)
    assert found == [*HONOURED["files"], *STREAM_OPTIONS]


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_option_has_one_fate(format_name: str) -> None:
    told = [
        *HONOURED[format_name],
        *REFUSED[format_name],
        *NO_EFFECT[format_name],
        *HONOURED["files"],
    ]
    assert len(told) == len({option.lower() for option in told})


@pytest.mark.parametrize(
    ("format_name", "option"),
    [(name, option) for name in FORMATS for option in REFUSED[name]],
)
def test_a_refused_option_is_named_unless_it_has_sparks_default(
    format_name: str, option: str
) -> None:
    default = REFUSED[format_name][option]
    check_format_options(format_name, {option.lower(): default})
    with pytest.raises(UnsupportedError, match=option.lower()):
        check_format_options(format_name, {option.lower(): "otherwise"})


def test_what_spark_does_not_know_is_ignored() -> None:
    check_format_options("csv", {"nonsense": "1", "header": "true"})
