"""Array home: where the arrays of one state lie, in memory or in mapped files.

The parts of a state hold NumPy arrays that grow. As long as there is memory they
lie in it. Once there is none the whole state moves out, for good: each large array
into a file without a name, mapped into memory, which the kernel pages in and out.
What works on an array does not see the difference; who makes one grow asks here.

Invariants:
    - an array that was grown is not used any more: the answer takes its place
    - room of a mapped array is reserved on disk, so writing to it can't fail
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from unbounded.files import ScratchFile

__all__ = ["IN_MEMORY", "ArrayHome", "OpenScratch"]

OpenScratch = Callable[[], ScratchFile]
"""Makes a file that is gone with the state."""

_MAPPED_BYTES_MIN = 1 << 16
"""Smaller arrays stay in memory: a mapping is some pages, and a file number."""

Array = npt.NDArray[Any]


class ArrayHome:
    """The home of one state's arrays.

    Args:
        open_scratch: where arrays move; without it they stay in memory.
    """

    def __init__(self, open_scratch: OpenScratch | None = None) -> None:
        self._open_scratch = open_scratch
        self._files: dict[int, ScratchFile] = {}
        self._bytes: dict[int, int] = {}
        self.is_mapped = False

    @property
    def can_move(self) -> bool:
        """Whether arrays are in memory and may lie elsewhere."""
        return self._open_scratch is not None and not self.is_mapped

    @property
    def mapped_bytes(self) -> int:
        """Bytes of arrays that lie in files."""
        return sum(self._bytes.values())

    def move(self) -> None:
        """From now on arrays lie in files; each moves when it is asked for."""
        assert self.can_move, "a state moves once, where it can"
        self.is_mapped = True

    def grown(self, array: Array, length: int) -> Array:
        """The array with `length` rows, new ones zero, where it is to lie.

        Raises:
            OSError: the disk has no room for it.
        """
        shape = (length, *array.shape[1:])
        size = int(np.prod(shape)) * array.itemsize
        if id(array) in self._files or (self.is_mapped and size >= _MAPPED_BYTES_MIN):
            return self._mapped(array, shape, size)
        array.resize(shape, refcheck=False)
        return array

    def housed(self, array: Array) -> Array:
        """The same array, where it is to lie."""
        if not self.is_mapped or id(array) in self._files:
            return array
        return self.grown(array, len(array))

    def _mapped(self, array: Array, shape: tuple[int, ...], size: int) -> Array:
        file = self._files.pop(id(array), None)
        self._bytes.pop(id(array), None)
        is_moving = file is None
        if file is None:
            assert self._open_scratch is not None
            file = self._open_scratch()
        mapped = np.frombuffer(file.grow(size), array.dtype).reshape(shape)
        if is_moving:
            mapped[: len(array)] = array
        number = id(mapped)
        self._files[number], self._bytes[number] = file, size
        weakref.finalize(mapped, self._forget, number, file)
        return mapped

    def _forget(self, number: int, file: ScratchFile) -> None:
        """An array is gone; its file too, unless it has grown into another array."""
        if self._files.get(number) is file:
            del self._files[number], self._bytes[number]
            file.close()


IN_MEMORY = ArrayHome()
"""The home of arrays that never move."""
