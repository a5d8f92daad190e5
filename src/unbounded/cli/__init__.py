"""Command line: what `unbounded` does in a terminal."""

from unbounded.cli.app import main

__all__ = ["main"]
