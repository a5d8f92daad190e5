"""Random acts, a crash at a random step, and a twin that knows what may be left."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, strategies as st

from unbounded.testing import SimulatedCrash, SimulatedFiles

NAMES = ("a", "x/b", "x/y/c")

Act = tuple[str, str, bytes]

acts = st.lists(
    st.tuples(
        st.sampled_from(("create", "replace", "delete", "write", "sync")),
        st.sampled_from(NAMES),
        st.binary(min_size=1, max_size=6),
    ),
    max_size=12,
)


@dataclass
class Twin:
    """What each name holds now, and what a crash may leave of it."""

    now: dict[str, bytes] = field(default_factory=dict)
    unsynced: set[str] = field(default_factory=set)

    def allows(self, act: Act) -> bool:
        kind, name, _ = act
        if kind in ("create", "write"):
            return name not in self.now
        return kind != "sync" or name in self.now

    def does(self, act: Act) -> None:
        kind, name, data = act
        if kind == "delete":
            self.now.pop(name, None)
        elif kind != "sync":
            self.now[name] = data
        self.unsynced.discard(name)
        if kind == "write":
            self.unsynced.add(name)

    def accepts(self, name: str, content: bytes | None) -> bool:
        return name in self.unsynced or self.now.get(name) == content


def _run(files: SimulatedFiles, plan: list[Act], twin: Twin) -> Twin:
    """Act until the crash; gives the twin as it was before the act that it hit."""
    for act in filter(twin.allows, plan):
        kind, name, data = act
        path = f"{files.root}/{name}"
        before = Twin(dict(twin.now), set(twin.unsynced))
        twin.does(act)
        try:
            match kind:
                case "delete":
                    files.delete(path)
                case "sync":
                    files.sync([path])
                case _:
                    getattr(files, kind)(path, data)
        except SimulatedCrash:
            return before
    files.power_off()
    return twin


@given(acts, acts, st.integers(1, 60), st.integers(0, 1_000_000))
def test_a_crash_leaves_what_returned_and_no_half_act(
    tmp_path_factory, first: list[Act], second: list[Act], number: int, seed: int
) -> None:
    files = SimulatedFiles(str(tmp_path_factory.mktemp("disk")), seed)
    for plan in (first, second):
        twin = _read_twin(files)
        files.crash_at(number)
        before = _run(files, plan, twin)
        files.reboot()
        for name in NAMES:
            content = _content(files, name)
            assert before.accepts(name, content) or twin.accepts(name, content)


def _read_twin(files: SimulatedFiles) -> Twin:
    contents = {name: _content(files, name) for name in NAMES}
    return Twin({name: data for name, data in contents.items() if data is not None})


def _content(files: SimulatedFiles, name: str) -> bytes | None:
    path = Path(files.root, name)
    return path.read_bytes() if path.exists() else None
