"""Chains of sessions, beside a dictionary of sets."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa

from unbounded.operators.session_chains import SessionChains
from unbounded.types import StringType


def chains_of(**slots: list[int]) -> tuple[SessionChains, dict[str, int]]:
    """Chains in which each key has these sessions."""
    chains = SessionChains([StringType()])
    groups = chains.groups([pa.array(list(slots))])
    owners = np.repeat(groups, [len(each) for each in slots.values()])
    held = np.array([slot for each in slots.values() for slot in each], np.int64)
    chains.relink(groups, held, owners)
    return chains, dict(zip(slots, groups.tolist(), strict=True))


def sessions(chains: SessionChains, *keys: str) -> dict[str, list[int]]:
    groups = chains.groups([pa.array(keys)])
    slots, owners = chains.sessions(groups)
    return {
        key: slots[owners == group].tolist()
        for key, group in zip(keys, groups, strict=True)
    }


def test_key_leads_to_its_sessions_in_order() -> None:
    chains, _ = chains_of(a=[4, 0, 7], b=[2])
    assert sessions(chains, "a", "b") == {"a": [4, 0, 7], "b": [2]}


def test_new_key_has_no_session() -> None:
    chains, _ = chains_of(a=[4])
    assert sessions(chains, "b") == {"b": []}


def test_null_is_a_key() -> None:
    chains = SessionChains([StringType()])
    groups = chains.groups([pa.array([None, "a"], pa.string())])
    chains.relink(groups, np.array([3, 5]), groups)
    again = chains.groups([pa.array([None], pa.string())])
    assert chains.sessions(again)[0].tolist() == [3]


def test_removed_sessions_leave_the_others_in_order() -> None:
    chains, _ = chains_of(a=[4, 0, 7, 9], b=[2])
    chains.remove(np.array([0, 9]))
    assert sessions(chains, "a", "b") == {"a": [4, 7], "b": [2]}


def test_key_without_sessions_is_forgotten() -> None:
    chains, groups = chains_of(a=[4], b=[2])
    chains.remove(np.array([4]))
    assert chains.groups([pa.array(["c"])]).tolist() == [groups["a"]]
    assert sessions(chains, "b", "c") == {"b": [2], "c": []}


def test_chains_stay_those_of_a_dictionary() -> None:
    random.seed(7)
    chains = SessionChains([StringType()])
    held: dict[str, list[int]] = {}
    free = list(range(200))
    for _ in range(300):
        key = random.choice("abcdefgh")
        group = chains.groups([pa.array([key])])
        slots = sorted(random.sample([*free, *held.get(key, [])], random.randint(0, 5)))
        free = sorted({*free, *held.get(key, [])} - {*slots})
        held[key] = slots
        owners = np.repeat(group, len(slots))
        chains.relink(group, np.array(slots, np.int64), owners)
        alive = [key for key in held if held[key]]
        if alive:
            groups = chains.groups([pa.array(alive)])
            slots_found, owners_found = chains.sessions(groups)
            for key, group_of_key in zip(alive, groups, strict=True):
                assert slots_found[owners_found == group_of_key].tolist() == held[key]
