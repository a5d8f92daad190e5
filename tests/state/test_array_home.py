from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

from unbounded.files import LocalFiles, ScratchFile
from unbounded.state.array_home import IN_MEMORY, ArrayHome

LARGE = 100_000


class Scratches:
    """Makes files and counts those that are open."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self.open = 0

    def __call__(self) -> ScratchFile:
        self.open += 1
        file = LocalFiles().scratch(self._folder)
        close = file.close

        def counted() -> None:
            self.open -= 1
            close()

        file.close = counted  # type: ignore[method-assign]
        return file


@pytest.fixture
def scratches(tmp_path: Path) -> Scratches:
    return Scratches(tmp_path)


@pytest.fixture
def home(scratches: Scratches) -> ArrayHome:
    home = ArrayHome(scratches)
    home.move()
    return home


def test_array_grows_in_memory_until_its_home_moves(scratches: Scratches) -> None:
    home = ArrayHome(scratches)
    array = home.grown(np.arange(LARGE), 2 * LARGE)
    assert array[:LARGE].tolist() == list(range(LARGE))
    assert not array[LARGE:].any()
    assert (scratches.open, home.mapped_bytes) == (0, 0)


def test_moved_array_keeps_its_content(home: ArrayHome) -> None:
    array = home.housed(np.arange(LARGE))
    assert array.tolist() == list(range(LARGE))
    assert home.mapped_bytes == 8 * LARGE


def test_mapped_array_grows_with_zeros_behind(home: ArrayHome) -> None:
    array = home.housed(np.ones((LARGE, 2), np.int32))
    array = home.grown(array, 2 * LARGE)
    assert array.shape == (2 * LARGE, 2)
    assert array[:LARGE].all()
    assert not array[LARGE:].any()
    array[-1] = 5
    array = home.grown(array, 3 * LARGE)
    assert array[2 * LARGE - 1].tolist() == [5, 5]


def test_array_that_grows_keeps_its_file(home: ArrayHome, scratches: Scratches) -> None:
    array = home.housed(np.arange(LARGE))
    for factor in range(2, 9):
        array = home.grown(array, factor * LARGE)
    gc.collect()
    assert scratches.open == 1
    assert home.mapped_bytes == array.nbytes == 8 * 8 * LARGE


def test_small_array_stays_in_memory(home: ArrayHome, scratches: Scratches) -> None:
    array = home.grown(np.arange(10), 20)
    assert array[:10].tolist() == list(range(10))
    assert (scratches.open, home.mapped_bytes) == (0, 0)


def test_file_ends_with_its_array(home: ArrayHome, scratches: Scratches) -> None:
    array = home.housed(np.arange(LARGE))
    assert scratches.open == 1
    del array
    gc.collect()
    assert (scratches.open, home.mapped_bytes) == (0, 0)


def test_home_without_files_does_not_move() -> None:
    assert not IN_MEMORY.can_move
    array = IN_MEMORY.housed(np.arange(LARGE))
    assert IN_MEMORY.grown(array, 2 * LARGE) is array
