"""Tree: what every plan node shares, walking and rewriting.

A node is a frozen dataclass whose fields hold values, nodes, or tuples of
nodes. Relations and expressions are both nodes, so one walk sees a whole plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

__all__ = ["Node", "transform_down", "transform_up", "walk"]

N = TypeVar("N", bound="Node")


@dataclass(frozen=True, slots=True)
class Node:
    """A frozen plan node."""

    @property
    def _field_names(self) -> tuple[str, ...]:
        """As the class keeps them; `dataclasses.fields` makes them anew each time."""
        names: tuple[str, ...] = self.__match_args__
        return names

    def children(self) -> Iterator[Node]:
        """Direct child nodes, in field order."""
        for name in self._field_names:
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (item for item in value if isinstance(item, Node))

    def map_children(self: N, function: Callable[[Any], Any]) -> N:
        """The node with `function` applied to each child; itself if none changed."""
        changes: dict[str, Any] = {}
        for name in self._field_names:
            value = getattr(self, name)
            if isinstance(value, Node):
                new: Any = function(value)
                if new is not value:
                    changes[name] = new
            elif isinstance(value, tuple) and value:
                new = tuple(
                    function(item) if isinstance(item, Node) else item for item in value
                )
                if any(a is not b for a, b in zip(new, value, strict=True)):
                    changes[name] = new
        return replace(self, **changes) if changes else self


def walk(node: Node) -> Iterator[Node]:
    """Every node of the tree, parents before children."""
    yield node
    for child in node.children():
        yield from walk(child)


def transform_up(node: Node, function: Callable[[Any], Any]) -> Any:
    """Rebuild the tree from the leaves, replacing each node by `function(node)`."""
    return function(node.map_children(lambda child: transform_up(child, function)))


def transform_down(node: Node, function: Callable[[Any], Any]) -> Any:
    """Replace each node by `function(node)` before its children are visited."""
    new = function(node)
    return new.map_children(lambda child: transform_down(child, function))
