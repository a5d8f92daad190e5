"""Simulated disk: a real folder that forgets at a crash what was not synced.

Stands under `SimulatedFiles`. The steps are done on a real temporary folder, so
that DuckDB and Arrow read and write real paths in it. Beside it, this module
keeps what a crash can't take: for each file the content at its last sync, for
each folder the entries at its last sync. All else is pending, also what was
written behind its back.

At a crash a seed decides. Each name of a folder gets one of the values it has
had since the folder was synced: the synced one, any in between, the last. A
file that changed since its sync is as synced, empty, cut, zero-filled, cut and
zero-filled, or whole. This is what POSIX allows, and more than a journaling
file system does: it may keep a later name and lose an earlier one.

Invariants:
    - what was synced, entry and content, is there after every crash
    - a step that a crash or an error hits has had no effect
    - the same seed, steps and crash give the same folder
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from unbounded.files import Data, Disk

__all__ = ["SimulatedCrash", "SimulatedDisk", "Step"]


class SimulatedCrash(BaseException):
    """The disk is gone. Not an `Exception`, so that no one handles it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One durable step, counted from 1 since the start or the last reboot.

    Args:
        name: `write`, `sync_file`, `sync_folder`, `link`, `rename`, `unlink` or
            `make_folder`.
        path: what it changes, below the root.
    """

    number: int
    name: str
    path: str


class _Kind(Enum):
    FOLDER = "folder"


@dataclass(eq=False, slots=True)
class _File:
    """A file, whatever its names.

    Args:
        path: a name by which its content can be read now.
        synced: its content at its last sync, if it was synced.
        last: its content, once its last name is gone.
    """

    path: str
    synced: bytes | None = None
    last: bytes | None = None


_Entry = _File | _Kind | None
_Content = bytes | _Kind

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_TAKES_SPACE = frozenset({"write", "sync_file", "link", "rename", "make_folder"})


class SimulatedDisk(Disk):
    """The steps, counted, on the folder `root`.

    Args:
        root: an existing folder; what is in it at the start is durable.
        seed: decides what survives a crash.
    """

    def __init__(self, root: str, seed: int = 0) -> None:
        self.root = os.path.abspath(root)
        self.steps: list[Step] = []
        self.crashes: list[Step | None] = []
        self._seed = seed
        self._lock = threading.RLock()
        self._crash_at: int | None = None
        self._failures: dict[int, tuple[int, bool]] = {}
        self._lasting_code: int | None = None
        self._survivors: dict[str, _Content] | None = None
        self._files: dict[int, _File] = {}
        self._durable: dict[str, dict[str, _Entry]] = {}
        self._pending: dict[str, list[_Entry]] = {}
        self.settle()

    # ── what a test tells it ──────────────────────────────────────────────────

    def crash_at(self, number: int) -> None:
        """Die at step `number` since the last reboot, before it has any effect."""
        self._crash_at = number

    def fail_at(self, number: int, code: int, lasting: bool = False) -> None:
        """Refuse step `number` with an OSError of `code`.

        Args:
            lasting: refuse the later ones too until `heal`; of a full disk, those
                that take space.
        """
        self._failures[number] = (code, lasting)

    def heal(self) -> None:
        """Refuse no more."""
        self._failures.clear()
        self._lasting_code = None

    def power_off(self) -> None:
        """Crash now, between two steps."""
        with self._lock:
            self.check_alive()
            self._die(None)

    def reboot(self) -> None:
        """Leave in the folder what survived, all of it durable now."""
        with self._lock:
            assert self._survivors is not None, "reboot follows a crash"
            _make_folder_hold(self.root, self._survivors)
            self._survivors = None
            self._crash_at = None
            self.steps.clear()
            self.heal()
            self.settle()

    def restart(self) -> None:
        """Leave all as it was: the process died, and the machine lives.

        What was not synced is there still, and may go at a later crash.
        """
        with self._lock:
            assert self._survivors is not None, "restart follows a crash"
            self._survivors = None
            self._crash_at = None
            self.steps.clear()
            self.heal()

    def settle(self) -> None:
        """Make all that is in the folder durable, as a calm half minute does."""
        with self._lock:
            self.check_alive()
            self._files.clear()
            self._durable.clear()
            self._pending.clear()
            for folder, _, names in os.walk(self.root):
                self._durable[folder] = self._entries(folder)
                for name in names:
                    path = f"{folder}/{name}"
                    self._file(path).synced = _read(path)

    def check_alive(self) -> None:
        if self._survivors is not None:
            raise SimulatedCrash("the disk is gone until reboot or restart")

    # ── the steps ─────────────────────────────────────────────────────────────

    def write_new(self, path: str, data: Data) -> int:
        if not os.path.isdir(os.path.dirname(path)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        with self._step("write", path):
            descriptor = super().write_new(path, data)
            # A number that a lost file had may come again.
            file = self._files[os.stat(path).st_ino] = _File(path)
            self._note(path, file)
        return descriptor

    def sync_file(self, path: str, descriptor: int) -> None:
        with self._step("sync_file", path):
            self._file(path).synced = _read(path)

    def sync_folder(self, path: str) -> None:
        if path == os.path.dirname(self.root):
            # The root's own name is durable, as all is that lies beside it.
            return
        with self._step("sync_folder", path):
            self._durable[path] = self._entries(path)
            for pending in [p for p in self._pending if os.path.dirname(p) == path]:
                del self._pending[pending]

    def link(self, source: str, target: str) -> None:
        with self._step("link", target):
            super().link(source, target)
            file = self._file(source)
            file.path = target
            self._note(target, file)

    def rename(self, source: str, target: str) -> None:
        with self._step("rename", target):
            self._remember_last(target)
            super().rename(source, target)
            file = self._file(target)
            file.path = target
            self._note(source, None)
            self._note(target, file)

    def unlink(self, path: str) -> bool:
        self.check_alive()
        if not os.path.lexists(path):
            return False
        with self._step("unlink", path):
            self._remember_last(path)
            super().unlink(path)
            self._note(path, None)
        return True

    def make_folder(self, path: str) -> None:
        with self._step("make_folder", path):
            super().make_folder(path)
            self._durable[path] = {}
            self._note(path, _Kind.FOLDER)

    @contextlib.contextmanager
    def _step(self, name: str, path: str) -> Iterator[None]:
        with self._lock:
            self.check_alive()
            relative = os.path.relpath(path, self.root)
            if relative.startswith(".."):
                raise ValueError(f"{path} is not below the simulated {self.root}")
            step = Step(len(self.steps) + 1, name, relative)
            self.steps.append(step)
            if step.number == self._crash_at:
                self._die(step)
                raise SimulatedCrash(f"at {step}")
            self._refuse(step, path)
            yield

    def _refuse(self, step: Step, path: str) -> None:
        code = self._lasting_code
        if code in _NO_SPACE and step.name not in _TAKES_SPACE:
            code = None
        if step.number in self._failures:
            code, lasting = self._failures.pop(step.number)
            self._lasting_code = code if lasting else self._lasting_code
        if code is not None:
            raise OSError(code, os.strerror(code), path)

    # ── what is durable, and what is pending ─────────────────────────────────

    def _note(self, path: str, entry: _Entry) -> None:
        self._pending.setdefault(path, []).append(entry)

    def _file(self, path: str) -> _File:
        """The file of that name; one made behind our back is new to us."""
        inode = os.stat(path).st_ino
        return self._files.setdefault(inode, _File(path))

    def _remember_last(self, path: str) -> None:
        """Keep the content of a file that is about to lose its last name."""
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return
        if found.st_nlink == 1 and found.st_ino in self._files:
            self._files.pop(found.st_ino).last = _read(path)

    def _entries(self, folder: str) -> dict[str, _Entry]:
        with os.scandir(folder) as listing:
            return {
                entry.name: _Kind.FOLDER if entry.is_dir() else self._file(entry.path)
                for entry in listing
            }

    # ── what a crash leaves ──────────────────────────────────────────────────

    def _die(self, step: Step | None) -> None:
        place = f"{self._seed} {len(self.crashes)} {len(self.steps)}"
        self.crashes.append(step)
        self._survivors = _Aftermath(self, random.Random(place)).survivors()

    def names_at_crash(self, folder: str) -> list[tuple[str, list[_Entry]]]:
        """Each name with all it may stand for: synced, in between, now."""
        durable = self._durable.get(folder, {})
        current = self._entries(folder) if os.path.isdir(folder) else {}
        pending = {
            os.path.basename(path): values
            for path, values in self._pending.items()
            if os.path.dirname(path) == folder
        }
        return [
            (name, [durable.get(name), *pending.get(name, ()), current.get(name)])
            for name in sorted(durable.keys() | current.keys() | pending.keys())
        ]


class _Aftermath:
    """The choice of one legal state after a crash."""

    def __init__(self, disk: SimulatedDisk, chance: random.Random) -> None:
        self._disk = disk
        self._chance = chance
        # All kept is what a killed process leaves; all lost, a cut of power
        # with a slow disk. By even chances alone they would hardly ever come.
        self._mood = chance.choice(("lost", "kept", "mixed", "mixed"))
        self._contents: dict[_File, bytes] = {}

    def survivors(self) -> dict[str, _Content]:
        """Every path with its content, folders before what is in them."""
        found: dict[str, _Content] = {}
        self._collect(self._disk.root, found)
        return found

    def _collect(self, folder: str, found: dict[str, _Content]) -> None:
        for name, values in self._disk.names_at_crash(folder):
            path = f"{folder}/{name}"
            entry = self._pick(values)
            if isinstance(entry, _File):
                found[path] = self._content(entry)
            elif entry is not None:
                found[path] = entry
                self._collect(path, found)

    def _pick(self, values: list[_Entry]) -> _Entry:
        if self._mood == "lost":
            return values[0]
        return values[-1] if self._mood == "kept" else self._chance.choice(values)

    def _content(self, file: _File) -> bytes:
        if file not in self._contents:
            self._contents[file] = self._torn(file.synced, _last_content(file))
        return self._contents[file]

    def _torn(self, synced: bytes | None, last: bytes) -> bytes:
        if synced == last or self._mood == "kept":
            return last
        if self._mood == "lost":
            return synced or b""
        cut = self._chance.randint(0, len(last))
        filled = last[:cut] + bytes(len(last) - cut)
        kinds = [synced or b"", b"", last[:cut], bytes(len(last)), filled, last]
        return self._chance.choice(kinds)


def _last_content(file: _File) -> bytes:
    if file.last is not None:
        return file.last
    try:
        return _read(file.path)
    except FileNotFoundError:
        return file.synced or b""


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _make_folder_hold(root: str, wanted: dict[str, _Content]) -> None:
    """Change a folder until it holds just this; what is right is not touched."""
    for folder, names, file_names in os.walk(root):
        for name in list(names):
            if wanted.get(f"{folder}/{name}") is not _Kind.FOLDER:
                shutil.rmtree(f"{folder}/{name}")
                names.remove(name)
        for name in file_names:
            path = f"{folder}/{name}"
            if wanted.get(path) != _read(path):
                os.unlink(path)
    for path, content in wanted.items():
        if isinstance(content, bytes):
            if not os.path.exists(path):
                with open(path, "xb") as file:
                    file.write(content)
        else:
            os.makedirs(path, exist_ok=True)
