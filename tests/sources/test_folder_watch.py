from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from unbounded.sources import folder_watch
from unbounded.sources.folder_watch import FolderWatch

# Longer than any wake-up takes; only a failure waits for it.
PATIENCE_S = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def watch(folder: Path) -> Iterator[FolderWatch]:
    watch = FolderWatch(threading.Event())
    assert watch.follow([str(folder)])
    yield watch
    watch.close()


def told_first(watch: FolderWatch, folder: Path) -> bool:
    """Whether an event came of what was done before; a file made now ends the wait.

    The system tells in order, so once the thread has taken the file's event it
    has taken all before it.
    """
    watch.event.clear()
    (folder / "last").write_text("")
    return watch.event.wait(PATIENCE_S)


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def test_file_that_is_closed_wakes(watch: FolderWatch, folder: Path) -> None:
    (folder / "a").write_text("1")
    assert watch.event.wait(PATIENCE_S)


def test_file_that_is_moved_here_wakes(
    watch: FolderWatch, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "a").rename(folder / "a")
    assert watch.event.wait(PATIENCE_S)


def test_new_folder_wakes(watch: FolderWatch, folder: Path) -> None:
    (folder / "day=1").mkdir()
    assert watch.event.wait(PATIENCE_S)


@pytest.mark.parametrize(
    ("mask", "name", "counts"),
    [
        (folder_watch._CLOSE_WRITE, "a", True),
        (folder_watch._CLOSE_WRITE, ".a", False),
        (folder_watch._MOVED_TO, "_temporary", False),
        (folder_watch._CREATE | folder_watch._IS_FOLDER, "_day=1", True),
        (folder_watch._CREATE, "a", False),
        (folder_watch._QUEUE_OVERFLOW, "", True),
    ],
)
def test_what_counts_as_news(
    watch: FolderWatch, mask: int, name: str, counts: bool
) -> None:
    assert watch._take(1, mask, name) == counts


def test_file_linked_into_the_log_of_a_sink_wakes(tmp_path: Path) -> None:
    log = tmp_path / "_spark_metadata"
    log.mkdir()
    (tmp_path / "entry").write_text("v1")
    watch = FolderWatch(threading.Event())
    assert watch.follow([str(log)])
    os.link(tmp_path / "entry", log / "0")
    assert watch.event.wait(PATIENCE_S)
    watch.close()


def test_folder_followed_already_is_not_new(watch: FolderWatch, folder: Path) -> None:
    assert not watch.follow([str(folder)])


def test_two_paths_of_one_folder_are_followed_once_each(
    watch: FolderWatch, folder: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert watch.follow([str(link), str(folder)])
    assert not watch.follow([str(link), str(folder)])


def test_folder_that_is_made_anew_can_be_followed_again(
    watch: FolderWatch, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    watch.follow([str(other)])
    folder.rename(tmp_path / "moved")
    # The system tells in order: after this one the move is known.
    assert told_first(watch, other)
    folder.mkdir()
    assert watch.follow([str(folder)])
    assert told_first(watch, folder)


def test_folder_that_is_not_there_is_passed_over(
    watch: FolderWatch, folder: Path
) -> None:
    assert not watch.follow([str(folder / "nowhere")])
    assert watch.is_open


def test_too_many_folders_close_the_watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "FOLDERS_MAX", 0)
    watch = FolderWatch(threading.Event())
    assert not watch.follow([str(folder)])
    assert not watch.is_open


def test_without_a_watch_from_the_system_none_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "_open_inotify", lambda: -1)
    watch = FolderWatch(threading.Event())
    assert not watch.follow([str(folder)])
    assert not watch.is_open
    watch.close()


def test_folder_the_system_refuses_to_follow_closes_the_watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "_add_watch", lambda *_: (-1, 28))
    watch = FolderWatch(threading.Event())
    assert not watch.follow([str(folder)])
    assert not watch.is_open


def test_closing_gives_back_descriptors_and_thread(folder: Path) -> None:
    before = descriptors()
    threads = threading.active_count()
    watch = FolderWatch(threading.Event())
    watch.follow([str(folder)])
    watch.close()
    watch.close()
    assert descriptors() == before
    assert threading.active_count() == threads


def test_closing_in_a_forked_child_leaves_the_parent_told(
    watch: FolderWatch, folder: Path
) -> None:
    child = os.fork()
    if child == 0:
        watch.close()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    (folder / "a").write_text("1")
    assert watch.event.wait(PATIENCE_S)
