from __future__ import annotations

import os
from pathlib import Path

import pytest

from unbounded.clock import SystemClock
from unbounded.files import LocalFiles
from unbounded.sources.listing import FileListing, ListedFile
from unbounded.sources.partitions import partition_values
from unbounded.sources.path_patterns import absolute_paths


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def listing(*paths: str, **options: str) -> FileListing:
    return FileListing(absolute_paths(paths), options, LocalFiles(), SystemClock())


def names(found: FileListing, folder: Path) -> list[str]:
    return sorted(os.path.relpath(file.path, folder) for file in found.files())


TREE = ("a.json", "b.csv", "sub/c.json", "k=1/d.json", "k=1/j=2/e.json", "k=1/x/f.json")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", ["a.json", "b.csv", "k=1/d.json", "k=1/j=2/e.json", "k=1/x/f.json"]),
        ("*.json", ["a.json"]),
        ("{a,b}.*", ["a.json", "b.csv"]),
        ("[ab].json", ["a.json"]),
        ("[^b].json", ["a.json"]),
        ("?.csv", ["b.csv"]),
        ("*/c.json", ["sub/c.json"]),
        ("s*", ["sub/c.json"]),
    ],
)
def test_a_path_means_these_files(
    pattern: str, expected: list[str], tmp_path: Path
) -> None:
    touch(tmp_path, *TREE)
    assert names(listing(f"{tmp_path}/{pattern}"), tmp_path) == expected


def test_recursive_lookup_takes_all_folders(tmp_path: Path) -> None:
    touch(tmp_path, *TREE)
    found = listing(str(tmp_path), recursivefilelookup="true")
    assert names(found, tmp_path) == sorted(TREE)


def test_a_pattern_of_names_leaves_others_out(tmp_path: Path) -> None:
    touch(tmp_path, *TREE)
    found = listing(str(tmp_path), pathglobfilter="*.csv")
    assert names(found, tmp_path) == ["b.csv"]


def test_a_file_under_two_paths_comes_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.json")
    found = listing(str(tmp_path), f"{tmp_path}/*.json")
    assert names(found, tmp_path) == ["a.json"]


def test_files_that_come_later_are_found(tmp_path: Path) -> None:
    found = listing(str(tmp_path))
    for number in range(50):
        touch(tmp_path, str(number))
        assert len(found.files()) == number + 1


def test_a_settled_folder_is_not_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a")
    os.utime(tmp_path, (1000, 1000))
    found = listing(str(tmp_path))
    found.files()
    monkeypatch.setattr(os, "scandir", None)
    assert names(found, tmp_path) == ["a"]


def test_files_that_go_are_no_longer_found(tmp_path: Path) -> None:
    touch(tmp_path, "a", "b")
    found = listing(str(tmp_path))
    found.files()
    (tmp_path / "a").unlink()
    assert names(found, tmp_path) == ["b"]


def test_uris_of_local_files_are_paths() -> None:
    assert absolute_paths(["file:///a/b", "file:/a/c"]) == ("/a/b", "/a/c")


def test_names_of_folders_give_values() -> None:
    file = ListedFile("/r/a=1/b=x%2Fy/c=__HIVE_DEFAULT_PARTITION__/f", 0, 0, "/r")
    assert partition_values(file) == {"a": "1", "b": "x/y", "c": None}
