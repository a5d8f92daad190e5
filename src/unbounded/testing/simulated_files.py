"""Simulated files: a disk that dies at its k-th durable step.

Handed to the engine in place of `LocalFiles`, whose order of steps it runs: only
the single steps are simulated, see `simulated_disk`. A test counts the steps of a
whole run, then runs again with a crash at each of them:

    files = SimulatedFiles(folder, seed=7)
    files.crash_at(12)
    with pytest.raises(SimulatedCrash):
        run(files)
    files.reboot()              # the folder holds what survived
    run(files)                  # must go on from there

Everything the engine changes must lie below the folder; what it only reads may
lie anywhere.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sequence

import pyarrow as pa

from unbounded.files import FileLock, FileStatus, LocalFiles, ScratchFile
from unbounded.testing.simulated_disk import SimulatedDisk, Step

__all__ = ["SimulatedFiles"]


class SimulatedFiles(LocalFiles):
    """`Files` below one folder, with crashes and errors where a test wants them.

    Args:
        root: an existing folder; what is in it at the start is durable.
        seed: decides what survives a crash.
    """

    def __init__(self, root: str, seed: int = 0) -> None:
        self._simulated = SimulatedDisk(root, seed)
        counter = itertools.count()
        super().__init__(self._simulated, lambda: f"simulated-{next(counter)}")
        self._locks: weakref.WeakSet[FileLock] = weakref.WeakSet()

    @property
    def root(self) -> str:
        return self._simulated.root

    @property
    def steps(self) -> Sequence[Step]:
        """The durable steps since the start or the last crash, in their order."""
        return tuple(self._simulated.steps)

    @property
    def crashes(self) -> Sequence[Step | None]:
        """The step each crash hit; None for one between two steps."""
        return tuple(self._simulated.crashes)

    def crash_at(self, number: int) -> None:
        """Die at step `number` since the last reboot, before it has any effect.

        From then on every call raises `SimulatedCrash`, until `reboot` or `restart`.
        """
        self._simulated.crash_at(number)

    def power_off(self) -> None:
        """Crash now, between two steps."""
        self._simulated.power_off()

    def fail_at(self, number: int, code: int, lasting: bool = False) -> None:
        """Refuse step `number` with an OSError, as `errno.ENOSPC`.

        Args:
            lasting: refuse the later ones too until `heal`; of a full disk, those
                that take space.
        """
        self._simulated.fail_at(number, code, lasting)

    def heal(self) -> None:
        """Refuse no more."""
        self._simulated.heal()

    def reboot(self) -> None:
        """Leave in the folder what survived the crash; locks are free again."""
        for lock in list(self._locks):
            lock.release()
        self._durable_folders.clear()
        self._simulated.reboot()

    def restart(self) -> None:
        """Leave all as it was, unsynced writes too; locks are free again.

        The process alone has died, as by `kill -9`. What it had not synced is not
        durable yet: a crash of the next process may take it.
        """
        for lock in list(self._locks):
            lock.release()
        self._durable_folders.clear()
        self._simulated.restart()

    def settle(self) -> None:
        """Make all that is in the folder durable, as a calm half minute does.

        Called by a test that has put its own files there.
        """
        self._simulated.settle()

    def read(self, path: str) -> bytes:
        self._simulated.check_alive()
        return super().read(path)

    def map(self, path: str) -> pa.Buffer:
        self._simulated.check_alive()
        return super().map(path)

    def exists(self, path: str) -> bool:
        self._simulated.check_alive()
        return super().exists(path)

    def status(self, path: str) -> FileStatus:
        self._simulated.check_alive()
        return super().status(path)

    def list_names(self, folder: str) -> list[str]:
        self._simulated.check_alive()
        return super().list_names(folder)

    def scratch(self, folder: str) -> ScratchFile:
        self._simulated.check_alive()
        return super().scratch(folder)

    def lock(self, path: str) -> FileLock:
        self._simulated.check_alive()
        lock = super().lock(path)
        self._locks.add(lock)
        return lock
