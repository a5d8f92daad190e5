"""Engine settings: how the one database of a process is opened."""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import dataclass

__all__ = ["EngineSettings"]


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the database may use of the machine; None leaves it to the engine.

    `threads=1` makes float sums come out the same in every run. Without a
    `temp_folder` it puts what does not fit into memory into a folder of its own
    among the system's temporary ones.
    """

    threads: int | None = None
    memory_limit_bytes: int | None = None
    temp_folder: str | None = None

    def to_config(self) -> dict[str, str | bool | int | float | list[str]]:
        """The settings DuckDB is opened with.

        No Python variable is ever taken for a table, and nothing is downloaded:
        a query means the same wherever it runs.
        """
        config: dict[str, str | bool | int | float | list[str]] = {
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": self.temp_folder or _new_temp_folder(),
        }
        if self.threads is not None:
            config["threads"] = self.threads
        if self.memory_limit_bytes is not None:
            config["memory_limit"] = f"{self.memory_limit_bytes}B"
        return config


_folder_numbers = itertools.count()


def _new_temp_folder() -> str:
    """A path that no other engine has: two would take each other's files.

    The engine makes the folder when it needs it, and removes it when it closes.
    """
    name = f"unbounded-{os.getpid()}-{next(_folder_numbers)}"
    return f"{tempfile.gettempdir()}/{name}"
